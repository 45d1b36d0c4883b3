import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { FormError } from './Feedback';

/** One matter of the settings under a heading of its own. */
export function Card({
  title,
  text,
  children,
  danger = false,
}: {
  title: string;
  text?: string;
  children?: ComponentChildren;
  danger?: boolean;
}) {
  return (
    <section class={danger ? 'settings-card settings-card-danger' : 'settings-card'}>
      <h2>{title}</h2>
      {text && <p class="muted">{text}</p>}
      {children}
    </section>
  );
}

/** A form that shows why it failed and cannot be sent twice. */
export function ActionForm({
  action,
  label,
  busyLabel,
  children,
  disabled = false,
  danger = false,
  testId,
}: {
  action: () => Promise<void>;
  label: string;
  busyLabel?: string;
  children?: ComponentChildren;
  disabled?: boolean;
  danger?: boolean;
  testId?: string;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await action();
    } catch (cause) {
      setError(errorText(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class="form"
      data-testid={testId}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {children}
      <FormError text={error} />
      <div class="settings-actions">
        <button
          type="submit"
          class={danger ? 'button button-danger' : 'button button-primary'}
          disabled={busy || disabled}
        >
          {busy ? (busyLabel ?? 'One moment…') : label}
        </button>
      </div>
    </form>
  );
}
