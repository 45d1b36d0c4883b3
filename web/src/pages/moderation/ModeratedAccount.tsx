import { useState } from 'preact/hooks';
import { AccountCard, useAccountState } from '../../components/moderation/AccountCard';
import { AuditList } from '../../components/moderation/AuditList';
import { ErrorState, Skeleton } from '../../components/ui/Feedback';
import { PageHeader } from '../../components/ui/PageHeader';
import { useTitle } from '../../state/hooks';
import { isAdmin, isModerator } from '../../state/roles';
import { NotFoundPage } from '../NotFound';

function Account({ name }: { name: string }) {
  const { state, error, load } = useAccountState(name);
  const [version, setVersion] = useState(0);
  if (!state)
    return error ? (
      <ErrorState failure={error} onRetry={() => void load()} />
    ) : (
      <Skeleton rows={2} />
    );
  return (
    <>
      <div class="settings settings-first">
        <section class="settings-card" aria-label="Account">
          <AccountCard id={state.id} onChange={() => setVersion((before) => before + 1)} />
        </section>
      </div>
      {isAdmin.value && (
        <section aria-labelledby="audit-title">
          <h2 class="section-title" id="audit-title">
            What was done
          </h2>
          <AuditList key={version} log="accounts" subject={`user#${state.id}`} />
        </section>
      )}
    </>
  );
}

/** What moderators see of an account, also of a suspended one. */
export function ModeratedAccountPage({ name }: { name: string }) {
  useTitle('Account');
  if (!isModerator.value) return <NotFoundPage />;
  return (
    <>
      <PageHeader title="Account" note="Moderation" back />
      <Account name={name} />
    </>
  );
}
