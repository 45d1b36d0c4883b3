import { useEffect, useState } from 'preact/hooks';
import { logIn } from '../../api/accounts';
import { ApiError, errorText } from '../../api/http';
import { tokens } from '../../api/tokens';
import { AuthLayout } from '../../components/shell/AuthLayout';
import { DemoLogins } from '../../components/shell/DemoLogins';
import { FormError } from '../../components/ui/Feedback';
import { Field } from '../../components/ui/Field';
import { navigate, place, safePath } from '../../lib/router';
import { useTitle } from '../../state/hooks';

export function LoginPage() {
  useTitle('Log in');
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [wantsCode, setWantsCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const next = place.value.query.get('next');
  const signedIn = tokens.value !== null;

  // Covers both a fresh login and opening this page while logged in.
  useEffect(() => {
    if (signedIn) navigate(safePath(next), { replace: true });
  }, [signedIn, next]);

  const submit = async (name = login.trim(), secret = password): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await logIn(name, secret, code.trim());
    } catch (cause) {
      const asks = cause instanceof ApiError && cause.wantsCode && !wantsCode;
      if (asks) setWantsCode(true);
      // Being asked for the code is the next step, and no mistake.
      setError(asks ? null : errorText(cause));
      setBusy(false);
    }
  };

  return (
    <AuthLayout
      title="Log in to Rookery"
      lead="A place for short posts: follow people, answer them, and pass on what you like."
    >
      <form
        class="form"
        data-testid="login-form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field
          label="Username or email"
          value={login}
          onChange={setLogin}
          autocomplete="username"
          required
          testId="login-username"
          name="username"
        />
        <Field
          label="Password"
          type="password"
          value={password}
          onChange={setPassword}
          autocomplete="current-password"
          required
          testId="login-password"
          name="password"
        />
        {wantsCode && (
          <Field
            label="Code from your authenticator, or a recovery code"
            value={code}
            onChange={setCode}
            autocomplete="one-time-code"
            required
            autofocus
            testId="login-code"
            name="code"
          />
        )}
        <FormError text={error} />
        <button
          type="submit"
          class="button button-primary button-wide"
          disabled={busy}
          data-testid="login-submit"
        >
          {busy ? 'Logging in…' : 'Log in'}
        </button>
      </form>
      <DemoLogins
        onPick={(demo) => {
          setLogin(demo.username);
          setPassword(demo.password);
          void submit(demo.username, demo.password);
        }}
      />
      <p class="switch">
        New here? <a href="/register">Create an account</a> ·{' '}
        <a href="/reset">Forgot your password?</a>
      </p>
    </AuthLayout>
  );
}
