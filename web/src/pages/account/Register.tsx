import { useState } from 'preact/hooks';
import { hasOutbox, register } from '../../api/accounts';
import { errorText } from '../../api/http';
import { AuthLayout } from '../../components/shell/AuthLayout';
import { FormError } from '../../components/ui/Feedback';
import { Field } from '../../components/ui/Field';
import { Icon } from '../../components/ui/Icon';
import { useTitle } from '../../state/hooks';

const EMPTY = { username: '', name: '', email: '', password: '', old_enough: false };

function CheckMail({ email, outbox }: { email: string; outbox: boolean }) {
  return (
    <div class="notice" role="status" data-testid="register-done">
      <span class="state-icon">
        <Icon name="mail" size={28} />
      </span>
      <p>
        We have sent a link to <strong>{email}</strong>. Open it to confirm your address, then log
        in.
      </p>
      {outbox && (
        <p class="dev-hint">
          This is a local stack, so no real mail was sent.{' '}
          <a href={`/dev/outbox?to=${encodeURIComponent(email)}`} data-testid="register-outbox">
            Open the outbox
          </a>
        </p>
      )}
      <a class="button button-wide" href="/login">
        Go to login
      </a>
    </div>
  );
}

export function RegisterPage() {
  useTitle('Create an account');
  const [form, setForm] = useState(EMPTY);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [done, setDone] = useState(false);
  const [outbox, setOutbox] = useState(false);
  const set = (field: Exclude<keyof typeof EMPTY, 'old_enough'>) => (value: string) =>
    setForm((current) => ({ ...current, [field]: value }));

  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    const email = form.email.trim();
    try {
      await register({
        username: form.username.trim().replace(/^@/, ''),
        name: form.name.trim(),
        email,
        password: form.password,
        age_confirmed: form.old_enough,
      });
      setDone(true);
      setOutbox(await hasOutbox(email));
    } catch (cause) {
      setError(errorText(cause));
    } finally {
      setBusy(false);
    }
  };

  if (done) {
    return (
      <AuthLayout title="Check your mail">
        <CheckMail email={form.email.trim()} outbox={outbox} />
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title="Join the rookery" lead="It takes a minute and one mail.">
      <form
        class="form"
        data-testid="register-form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field
          label="Username"
          value={form.username}
          onChange={set('username')}
          autocomplete="username"
          hint="Letters, digits and underscores, up to 15."
          maxLength={16}
          required
          testId="register-username"
          name="username"
        />
        <Field
          label="Name"
          value={form.name}
          onChange={set('name')}
          autocomplete="name"
          maxLength={50}
          required
          testId="register-name"
          name="name"
        />
        <Field
          label="Email"
          type="email"
          value={form.email}
          onChange={set('email')}
          autocomplete="email"
          required
          testId="register-email"
          name="email"
        />
        <Field
          label="Password"
          type="password"
          value={form.password}
          onChange={set('password')}
          autocomplete="new-password"
          required
          testId="register-password"
          name="password"
        />
        <label class="check">
          <input
            type="checkbox"
            checked={form.old_enough}
            required
            data-testid="register-age"
            onChange={(event) => {
              const { checked } = event.currentTarget;
              setForm((current) => ({ ...current, old_enough: checked }));
            }}
          />
          <span>
            I am old enough to have an account
            <span class="hint">At least 13, or 16 where the law says so.</span>
          </span>
        </label>
        <FormError text={error} />
        <button
          type="submit"
          class="button button-primary button-wide"
          disabled={busy}
          data-testid="register-submit"
        >
          {busy ? 'Creating…' : 'Create account'}
        </button>
      </form>
      <p class="switch">
        Already nesting here? <a href="/login">Log in</a>
      </p>
    </AuthLayout>
  );
}
