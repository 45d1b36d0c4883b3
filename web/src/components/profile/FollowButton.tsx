import { useState } from 'preact/hooks';
import { relationTo, toggleFollow } from '../../state/actions';
import { holds, toggleHeld } from '../../state/relations';
import { me } from '../../state/session';
import { userRef } from '../../state/store';

export function FollowButton({ id, testId = 'user-follow' }: { id: string; testId?: string }) {
  const [pointed, setPointed] = useState(false);
  const viewer = me.value;
  const user = userRef(id).value;
  if (!viewer || !user || viewer.id === id) return null;

  const blocked = holds(user, 'blocking');
  const relation = blocked ? 'blocking' : relationTo(user);
  const label = blocked
    ? pointed
      ? 'Unblock'
      : 'Blocked'
    : relation === 'following'
      ? pointed
        ? 'Unfollow'
        : 'Following'
      : relation === 'follow_request_sent'
        ? pointed
          ? 'Cancel request'
          : 'Requested'
        : 'Follow';
  const tone = relation ? (pointed ? 'button-danger-soft' : '') : 'button-strong';
  return (
    <button
      type="button"
      class={`button button-follow ${tone}`}
      aria-label={`${label} @${user.username}`}
      data-testid={testId}
      data-state={relation ?? 'none'}
      onMouseEnter={() => setPointed(true)}
      onMouseLeave={() => setPointed(false)}
      onClick={() => {
        // The pointer still rests here: show the new state, not at once the way out of it.
        setPointed(false);
        if (blocked) void toggleHeld(viewer.id, id, 'blocking');
        else void toggleFollow(viewer.id, id);
      }}
    >
      {label}
    </button>
  );
}
