import type { User } from '../../api/types';
import { profilePath } from '../../lib/paths';
import { Icon } from '../ui/Icon';

export function Badges({ user }: { user: User }) {
  return (
    <>
      {user.verified && (
        <svg
          class="badge-verified"
          width="16"
          height="16"
          viewBox="0 0 24 24"
          role="img"
          aria-label="Verified"
        >
          <circle cx="12" cy="12" r="10" />
          <path class="badge-tick" d="M7.5 12.5l3 3 6-6.5" />
        </svg>
      )}
      {user.protected && (
        <span class="badge-lock" title="Protected account">
          <Icon name="lock" size={15} />
          <span class="visually-hidden">Protected account</span>
        </span>
      )}
    </>
  );
}

export function UserName({ user }: { user: User | undefined }) {
  if (!user) return <span class="muted">Unknown account</span>;
  return (
    <span class="user-name">
      <a class="user-display" href={profilePath(user.username)} dir="auto">
        {user.name}
      </a>
      <Badges user={user} />
      <span class="user-handle muted">@{user.username}</span>
    </span>
  );
}
