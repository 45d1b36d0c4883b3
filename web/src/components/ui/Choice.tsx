/** A labelled choice of one of some words. */
export function Select({
  label,
  options,
  value,
  onChange,
  testId,
}: {
  label: string;
  options: [string, string][];
  value: string;
  onChange: (value: string) => void;
  testId: string;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select
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
    </label>
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
