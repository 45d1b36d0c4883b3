import { useEffect, useState } from 'preact/hooks';
import { errorText } from '../../api/http';
import { fetchNotify, setNotify } from '../../api/relations';
import type { User } from '../../api/types';
import { holds, toggleHeld } from '../../state/relations';
import { isModerator } from '../../state/roles';
import { me } from '../../state/session';
import { showToast } from '../../state/toasts';
import { ReportDialog } from '../moderation/ReportDialog';
import { ConfirmDialog, Dialog } from '../ui/Dialog';
import { Icon, type IconName } from '../ui/Icon';

type Open = 'menu' | 'block' | 'report';

function Row({
  icon,
  label,
  note,
  testId,
  onClick,
}: {
  icon: IconName;
  label: string;
  note: string;
  testId: string;
  onClick: () => void;
}) {
  return (
    <button type="button" class="menu-row" data-testid={testId} onClick={onClick}>
      <span class="access-icon">
        <Icon name={icon} size={22} />
      </span>
      <span class="access-text">
        <strong>{label}</strong>
        <span class="muted">{note}</span>
      </span>
    </button>
  );
}

/** Being told of every tweet; whether it is on is asked only when the menu opens. */
function NotifyRow({ user, onDone }: { user: User; onDone: () => void }) {
  const [on, setOn] = useState<boolean | null>(null);
  useEffect(() => {
    fetchNotify(user.id).then(setOn, () => undefined);
  }, [user.id]);
  if (on === null) return null;
  const toggle = async (): Promise<void> => {
    onDone();
    try {
      await setNotify(user.id, !on);
      showToast(
        on
          ? `You are no longer told of @${user.username}’s tweets.`
          : `You are told of @${user.username}’s tweets.`,
      );
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <Row
      icon="bell"
      label={on ? 'Stop notifying me' : 'Notify me'}
      note={
        on
          ? 'Their tweets no longer come to your notifications.'
          : 'Be told of every tweet of theirs.'
      }
      testId="profile-notify"
      onClick={() => void toggle()}
    />
  );
}

/** What one may do about somebody besides following them. */
export function ProfileMenu({ user }: { user: User }) {
  const [open, setOpen] = useState<Open | null>(null);
  const viewer = me.value;
  if (!viewer) return null;
  const close = (): void => setOpen(null);
  const muted = holds(user, 'muting');
  const blocked = holds(user, 'blocking');
  const toggle = (held: 'muting' | 'blocking'): void => {
    close();
    void toggleHeld(viewer.id, user.id, held);
  };
  return (
    <>
      {isModerator.value && (
        <a
          class="icon-button"
          href={`/moderation/users/${user.id}`}
          aria-label="Moderate this account"
          title="Moderate this account"
          data-testid="profile-moderate"
        >
          <Icon name="shield" />
        </a>
      )}
      <button
        type="button"
        class="icon-button"
        aria-haspopup="dialog"
        aria-label={`More about @${user.username}`}
        title="More"
        data-testid="profile-more"
        onClick={() => setOpen('menu')}
      >
        <Icon name="more" />
      </button>
      {open === 'menu' && (
        <Dialog title={`@${user.username}`} onClose={close} testId="profile-menu">
          <div class="menu">
            {holds(user, 'following') && <NotifyRow user={user} onDone={close} />}
            <Row
              icon="mute"
              label={muted ? 'Unmute' : 'Mute'}
              note={
                muted
                  ? 'See their tweets again.'
                  : 'Their tweets stay out of your way; they are not told.'
              }
              testId="profile-mute"
              onClick={() => toggle('muting')}
            />
            <Row
              icon="block"
              label={blocked ? 'Unblock' : 'Block'}
              note={
                blocked ? 'They may follow you again.' : 'You no longer follow or see each other.'
              }
              testId="profile-block"
              onClick={() => (blocked ? toggle('blocking') : setOpen('block'))}
            />
            <Row
              icon="flag"
              label="Report"
              note="A moderator looks at it."
              testId="profile-report"
              onClick={() => setOpen('report')}
            />
          </div>
        </Dialog>
      )}
      {open === 'block' && (
        <ConfirmDialog
          title={`Block @${user.username}?`}
          text="You stop following each other, and neither sees the other’s tweets. They are not told."
          action="Block"
          onConfirm={() => toggle('blocking')}
          onClose={close}
        />
      )}
      {open === 'report' && (
        <ReportDialog what={`@${user.username}`} subject={{ user_id: user.id }} onClose={close} />
      )}
    </>
  );
}
