import { useEffect, useState } from 'preact/hooks';
import { type Failure, failureOf } from '../../api/http';
import { type AccountAct, actOnAccount, fetchAccountState } from '../../api/moderation';
import type { AccountState } from '../../api/types';
import { profilePath } from '../../lib/paths';
import { isAdmin } from '../../state/roles';
import { showToast } from '../../state/toasts';
import { Avatar } from '../ui/Avatar';
import { Dialog } from '../ui/Dialog';
import { ErrorState, Skeleton } from '../ui/Feedback';
import { Field } from '../ui/Field';
import { ActionForm } from '../ui/Form';

const ACTS: Record<AccountAct, { title: string; text: string; done: string; danger?: boolean }> = {
  suspend: {
    title: 'Suspend',
    text: 'The account is logged out everywhere; it and its tweets are hidden until it is restored.',
    done: 'Account suspended.',
    danger: true,
  },
  restore: {
    title: 'Restore',
    text: 'The account and everything it wrote come back.',
    done: 'Account restored.',
  },
  limit: {
    title: 'Limit',
    text: 'Only followers meet its tweets in search, replies and notifications. The account is not told.',
    done: 'Account limited.',
    danger: true,
  },
  unlimit: {
    title: 'Lift limits',
    text: 'Everybody meets its tweets again.',
    done: 'Limits lifted.',
  },
  verify: {
    title: 'Verify',
    text: 'The account gets the badge of those who are who they say.',
    done: 'Account verified.',
  },
  unverify: {
    title: 'Take the badge away',
    text: 'The account is no longer shown as verified.',
    done: 'Badge taken away.',
    danger: true,
  },
};

/** An account's state; `null` while it is being read. */
export function useAccountState(idOrName: string | undefined) {
  const [state, setState] = useState<AccountState | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const load = async (): Promise<void> => {
    if (!idOrName) return;
    setError(null);
    try {
      setState(await fetchAccountState(idOrName));
    } catch (cause) {
      setError(failureOf(cause));
    }
  };
  useEffect(() => void load(), [idOrName]);
  return { state, error, load };
}

function ActDialog({
  account,
  what,
  onDone,
  onClose,
}: {
  account: AccountState;
  what: AccountAct;
  onDone: () => void;
  onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const { title, text, done, danger } = ACTS[what];
  const send = async (): Promise<void> => {
    await actOnAccount(account.id, what, reason.trim());
    showToast(done);
    onDone();
  };
  return (
    <Dialog title={`${title} @${account.username}`} onClose={onClose} testId="act-dialog">
      <p class="dialog-text">{text}</p>
      <div class="dialog-form">
        <ActionForm
          action={send}
          label={title}
          disabled={!reason.trim()}
          danger={danger}
          testId="act-form"
        >
          <Field
            label="Reason"
            value={reason}
            onChange={setReason}
            hint="Stays in the audit log."
            maxLength={500}
            multiline
            required
            autofocus
            testId="act-reason"
          />
        </ActionForm>
      </div>
    </Dialog>
  );
}

export function StatusBadges({ account }: { account: AccountState }) {
  const staff = account.roles.filter((role) => role !== 'user');
  return (
    <span class="badges" data-testid="account-status">
      <span class={account.status === 'active' ? 'status status-finished' : 'status status-failed'}>
        {account.status.charAt(0).toUpperCase() + account.status.slice(1)}
      </span>
      {account.suspended && account.status !== 'suspended' && (
        <span class="status status-failed">Suspended</span>
      )}
      {account.limited && <span class="status status-stopped">Limited</span>}
      {account.verified && <span class="tag">Verified</span>}
      {staff.map((role) => (
        <span class="tag" key={role}>
          {role}
        </span>
      ))}
    </span>
  );
}

/** Who it is, in what state, and what may be done about it. */
export function AccountCard({ id, onChange }: { id: string; onChange?: () => void }) {
  const { state: account, error, load } = useAccountState(id);
  const [asked, setAsked] = useState<AccountAct | null>(null);
  if (!account)
    return error ? (
      <ErrorState failure={error} onRetry={() => void load()} />
    ) : (
      <Skeleton rows={1} />
    );

  const staff = account.roles.includes('moderator') || account.roles.includes('admin');
  const acts: AccountAct[] = [];
  if (account.limited) acts.push('unlimit');
  else if (account.status === 'active' && !staff) acts.push('limit');
  // Who is erased keeps the mark of a suspension, and nothing can be done about it.
  if (account.status !== 'deleted') {
    if (account.suspended) acts.push('restore');
    else if (!staff) acts.push('suspend');
  }
  if (isAdmin.value && account.status === 'active')
    acts.push(account.verified ? 'unverify' : 'verify');

  return (
    <div class="account-card" data-testid="account-card">
      <div class="account-card-head">
        <Avatar user={account} size={48} />
        <a class="account-card-name" href={profilePath(account.username)}>
          <strong dir="auto">{account.name}</strong>
          <span class="muted">@{account.username}</span>
        </a>
        <StatusBadges account={account} />
      </div>
      <div class="account-card-acts">
        {acts.map((what) => (
          <button
            key={what}
            type="button"
            class={ACTS[what].danger ? 'button button-danger-soft' : 'button'}
            data-testid={`act-${what}`}
            onClick={() => setAsked(what)}
          >
            {ACTS[what].title}
          </button>
        ))}
        {staff && <span class="muted">Moderators and admins are not suspended or limited.</span>}
      </div>
      {asked && (
        <ActDialog
          account={account}
          what={asked}
          onClose={() => setAsked(null)}
          onDone={() => {
            setAsked(null);
            void load();
            onChange?.();
          }}
        />
      )}
    </div>
  );
}
