import { useState } from 'preact/hooks';
import { undoEmailChange } from '../../api/settings';
import { AuthLayout } from '../../components/shell/AuthLayout';
import { ActionForm } from '../../components/ui/Form';
import { place } from '../../lib/router';
import { useTitle } from '../../state/hooks';

/** Asks before it acts: mail programs open links by themselves. */
export function EmailUndoPage() {
  useTitle('Take the change back');
  const token = place.value.query.get('token') ?? '';
  const [done, setDone] = useState(false);
  if (done) {
    return (
      <AuthLayout title="Taken back">
        <div class="notice" role="status" data-testid="undo-done">
          <p>
            Your account uses this address again, and every session has ended. Whoever changed it
            may know your password: set a new one now.
          </p>
          <a class="button button-primary button-wide" href="/reset">
            Set a new password
          </a>
        </div>
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title="Was it not you?" lead="Your account was moved to another email address.">
      <ActionForm
        action={async () => {
          await undoEmailChange(token);
          setDone(true);
        }}
        label="Take the change back"
        disabled={!token}
        testId="undo-form"
      >
        <p>
          This address is used again, every session ends, and a second factor that was set up lately
          is removed.
        </p>
      </ActionForm>
    </AuthLayout>
  );
}
