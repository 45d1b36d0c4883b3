import { useId } from 'preact/hooks';

interface Choice {
  label: string;
  options: [string, string][];
  value: string;
  onChange: (value: string) => void;
  testId: string;
}

/** A choice of one of some words, whose label is for screen readers alone. */
export function Menu({ label, options, value, onChange, testId, id }: Choice & { id?: string }) {
  return (
    <select
      id={id}
      aria-label={label}
      value={value}
      data-testid={testId}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {options.map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
    </select>
  );
}

/** A labelled choice of one of some words. */
export function Select(choice: Choice) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{choice.label}</label>
      <Menu {...choice} id={id} />
    </div>
  );
}

/** A box to tick, with what it does. */
export function Check({
  label,
  hint,
  checked,
  onChange,
  testId,
}: {
  label: string;
  hint: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  testId: string;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        data-testid={testId}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>
        {label}
        <span class="hint">{hint}</span>
      </span>
    </label>
  );
}
