import { useId } from 'preact/hooks';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  testId?: string;
  name?: string;
  type?: 'text' | 'email' | 'password' | 'url' | 'number' | 'tel';
  required?: boolean;
  maxLength?: number;
  min?: number;
  max?: number;
  autocomplete?: string;
  inputMode?: 'numeric';
  placeholder?: string;
  multiline?: boolean;
  autofocus?: boolean;
}

/** A labelled input with an optional hint tied to it for screen readers. */
export function Field({
  label,
  value,
  onChange,
  hint,
  testId,
  multiline,
  type,
  min,
  max,
  ...rest
}: Props) {
  const id = useId();
  const hintId = `${id}-hint`;
  const shared = {
    id,
    value,
    // Empty ones follow the page; what is written says its own direction.
    dir: 'auto' as const,
    'aria-describedby': hint ? hintId : undefined,
    'data-testid': testId,
    onInput: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  // The types know no input of a type chosen at run time; every one listed above is valid.
  const limits = { type, min, max } as { type: 'text' };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {multiline ? (
        <textarea rows={3} {...rest} {...shared} />
      ) : (
        <input autocapitalize="none" {...rest} {...shared} {...limits} />
      )}
      {hint && (
        <span class="hint" id={hintId}>
          {hint}
        </span>
      )}
    </div>
  );
}
