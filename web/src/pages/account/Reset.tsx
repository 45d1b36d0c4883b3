import { useState } from 'preact/hooks';
import { confirmReset, requestReset } from '../../api/accounts';
import { errorText } from '../../api/http';
import { AuthLayout } from '../../components/shell/AuthLayout';
import { FormError } from '../../components/ui/Feedback';
import { Field } from '../../components/ui/Field';
import { place } from '../../lib/router';
import { useTitle } from '../../state/hooks';

/** Asks for the mail, or, opened from the mail, for the new password. */
export function ResetPage() {
  useTitle('Set a new password');
  const token = place.value.query.get('token');
  const [value, setValue] = useState('');
  const [state, setState] = useState<'asking' | 'busy' | 'done'>('asking');
  const [error, setError] = useState<string | null>(null);

  const submit = async (): Promise<void> => {
    setState('busy');
    setError(null);
    try {
      await (token ? confirmReset(token, value) : requestReset(value.trim()));
      setState('done');
    } catch (cause) {
      setError(errorText(cause));
      setState('asking');
    }
  };

  if (state === 'done') {
    return (
      <AuthLayout title={token ? 'Password changed' : 'Check your mail'}>
        <div class="notice" role="status" data-testid="reset-result">
          <p>
            {token
              ? 'Your new password is set and all your sessions have ended.'
              : 'If an account has this address, a link to set a new password is on its way.'}
          </p>
          <a class="button button-primary button-wide" href="/login">
            Log in
          </a>
        </div>
      </AuthLayout>
    );
  }
  return (
    <AuthLayout
      title="Set a new password"
      lead={token ? undefined : 'We will send you a link that is good for an hour.'}
    >
      <form
        class="form"
        data-testid="reset-form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field
          label={token ? 'New password' : 'Email'}
          type={token ? 'password' : 'email'}
          value={value}
          onChange={setValue}
          autocomplete={token ? 'new-password' : 'email'}
          required
          testId="reset-value"
        />
        <FormError text={error} />
        <button
          type="submit"
          class="button button-primary button-wide"
          disabled={state === 'busy'}
          data-testid="reset-submit"
        >
          {token ? 'Set password' : 'Send the link'}
        </button>
      </form>
      <p class="switch">
        Remembered it? <a href="/login">Log in</a>
      </p>
    </AuthLayout>
  );
}
