import { useEffect, useState } from 'preact/hooks';
import { verifyAccount } from '../../api/accounts';
import { errorText } from '../../api/http';
import { AuthLayout } from '../../components/shell/AuthLayout';
import { FormError } from '../../components/ui/Feedback';
import { place } from '../../lib/router';
import { useTitle } from '../../state/hooks';

type Outcome = { kind: 'working' } | { kind: 'done' } | { kind: 'failed'; text: string };

const TITLES = {
  working: 'Confirming…',
  done: 'You are in',
  failed: 'That did not work',
};

export function VerifyPage() {
  useTitle('Confirm your address');
  const token = place.value.query.get('token');
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'working' });

  useEffect(() => {
    if (!token) {
      setOutcome({ kind: 'failed', text: 'This link is incomplete. Open it again from the mail.' });
      return;
    }
    verifyAccount(token)
      .then(() => setOutcome({ kind: 'done' }))
      .catch((cause: unknown) => setOutcome({ kind: 'failed', text: errorText(cause) }));
  }, [token]);

  return (
    <AuthLayout title={TITLES[outcome.kind]}>
      <div class="notice" role="status" data-testid="verify-result" data-state={outcome.kind}>
        {outcome.kind === 'working' && <p>One moment, we are checking your link.</p>}
        {outcome.kind === 'done' && <p>Your address is confirmed. You can log in now.</p>}
        <FormError text={outcome.kind === 'failed' ? outcome.text : null} />
        {outcome.kind !== 'working' && (
          <a class="button button-primary button-wide" href="/login">
            Log in
          </a>
        )}
      </div>
    </AuthLayout>
  );
}
