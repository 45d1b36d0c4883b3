import { useState } from 'preact/hooks';
import type { User } from '../../api/types';
import { formatCount, formatMonth, hueOf } from '../../lib/format';
import { profilePath } from '../../lib/paths';
import { safeHref } from '../../lib/text/segments';
import { holds } from '../../state/relations';
import { me } from '../../state/session';
import { Avatar } from '../ui/Avatar';
import { Icon } from '../ui/Icon';
import { Name } from '../ui/Name';
import { EditProfile } from './Edit';
import { FollowButton } from './FollowButton';
import { ProfileMenu } from './Menu';
import { Badges } from './UserName';

function Facts({ user }: { user: User }) {
  const site = safeHref(user.url);
  return (
    <ul class="profile-facts muted">
      {user.location && (
        <li>
          <Icon name="pin" size={17} />
          <bdi>{user.location}</bdi>
        </li>
      )}
      {site && (
        <li>
          <Icon name="link" size={17} />
          <a href={site} target="_blank" rel="noopener noreferrer nofollow me">
            {site.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '')}
          </a>
        </li>
      )}
      {user.created_at && (
        <li>
          <Icon name="calendar" size={17} />
          Joined {formatMonth(user.created_at)}
        </li>
      )}
    </ul>
  );
}

export function ProfileHeader({ user }: { user: User }) {
  const [editing, setEditing] = useState(false);
  const own = me.value?.id === user.id;
  const metrics = user.public_metrics;
  const path = profilePath(user.username);
  const hue = hueOf(user.id);
  return (
    <section class="profile" aria-label="Profile" data-testid="profile">
      <div
        class="profile-banner"
        style={{
          backgroundImage: user.profile_banner_url
            ? `url("${encodeURI(user.profile_banner_url)}")`
            : `linear-gradient(120deg, oklch(56% 0.14 ${hue}), oklch(34% 0.13 ${(hue + 50) % 360}))`,
        }}
      />
      <div class="profile-top">
        <span class="profile-avatar">
          <Avatar user={user} size={112} />
        </span>
        {own ? (
          <button
            type="button"
            class="button"
            data-testid="profile-edit"
            onClick={() => setEditing(true)}
          >
            Edit profile
          </button>
        ) : (
          <span class="profile-acts">
            <ProfileMenu user={user} />
            <FollowButton id={user.id} testId="profile-follow" />
          </span>
        )}
      </div>
      <h2 class="profile-name">
        <Name user={user} /> <Badges user={user} />
      </h2>
      <p class="muted">
        @{user.username} {holds(user, 'followed_by') && <span class="tag">Follows you</span>}{' '}
        {holds(user, 'muting') && <span class="tag">Muted</span>}
      </p>
      {user.description && (
        <p class="profile-bio" dir="auto">
          {user.description}
        </p>
      )}
      <Facts user={user} />
      {metrics && (
        <p class="profile-counts">
          <a href={`${path}/following`} data-testid="profile-following-count">
            <strong>{formatCount(metrics.following_count)}</strong> Following
          </a>
          <a href={`${path}/followers`} data-testid="profile-followers-count">
            <strong>{formatCount(metrics.followers_count)}</strong>{' '}
            {metrics.followers_count === 1 ? 'Follower' : 'Followers'}
          </a>
          {own && user.protected && (
            <a href="/settings/requests" data-testid="profile-requests">
              Follow requests
            </a>
          )}
        </p>
      )}
      {editing && <EditProfile user={user} onClose={() => setEditing(false)} />}
    </section>
  );
}
