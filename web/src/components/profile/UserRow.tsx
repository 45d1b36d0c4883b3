import type { ComponentChildren } from 'preact';
import { profilePath } from '../../lib/paths';
import { userRef } from '../../state/store';
import { Avatar } from '../ui/Avatar';
import { FollowButton } from './FollowButton';
import { UserName } from './UserName';

export function UserRow({
  id,
  compact = false,
  act,
}: {
  id: string;
  compact?: boolean;
  /** In place of the follow button. */
  act?: ComponentChildren;
}) {
  const user = userRef(id).value;
  if (!user) return null;
  return (
    <div class={compact ? 'user-row user-row-compact' : 'user-row'} data-testid="user-row">
      {/* biome-ignore lint/a11y/useAnchorContent: the name beside it is the link for readers */}
      <a href={profilePath(user.username)} tabIndex={-1} aria-hidden="true">
        <Avatar user={user} size={compact ? 40 : 44} />
      </a>
      <div class="user-row-text">
        <UserName user={user} />
        {user.connection_status?.includes('followed_by') && <span class="tag">Follows you</span>}
        {!compact && user.description && <p dir="auto">{user.description}</p>}
      </div>
      {act ?? <FollowButton id={id} />}
    </div>
  );
}
