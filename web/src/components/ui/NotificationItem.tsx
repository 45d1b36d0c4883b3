import type { Notification, NotificationType } from '../../api/types';
import { plural } from '../../lib/format';
import { crawlPath, profilePath, tweetPath } from '../../lib/paths';
import { Avatar } from './Avatar';
import { Icon, type IconName } from './Icon';
import { Mark } from './Mark';
import { Name } from './Name';
import { Time } from './Time';

const KINDS: Record<NotificationType, { icon: IconName; words: string }> = {
  follow: { icon: 'user', words: 'followed you' },
  follow_request: { icon: 'user', words: 'asks to follow you' },
  like: { icon: 'heart', words: 'liked your tweet' },
  retweet: { icon: 'retweet', words: 'retweeted your tweet' },
  reply: { icon: 'reply', words: 'replied to you' },
  mention: { icon: 'at', words: 'mentioned you' },
  quote: { icon: 'quote', words: 'quoted your tweet' },
  tweet: { icon: 'bell', words: 'posted' },
  poll: { icon: 'poll', words: 'ended a poll' },
  message: { icon: 'mail', words: 'sent you a message' },
};

/** The link that a sender chose, if it is of the web. */
function linkOf(item: Notification): URL | null {
  if (!item.url || !URL.canParse(item.url)) return null;
  const link = new URL(item.url);
  return /^https?:$/.test(link.protocol) ? link : null;
}

function target(item: Notification, link: URL | null): string | null {
  if (link) return link.href;
  if (item.type === 'follow_request') return '/settings/requests';
  if (item.crawl_id) return crawlPath(item.crawl_id);
  if (item.tweet_id) return tweetPath(item.tweet_id);
  return item.actor ? profilePath(item.actor.username) : null;
}

/** How many people besides the newest one a group of notifications is about. */
const others = (item: Notification): number => Math.max(0, (item.group?.count ?? 1) - 1);

export function NotificationItem({
  item,
  act,
  onAct,
}: {
  item: Notification;
  /** Name of a button beside the row. */
  act?: string;
  onAct?: () => void;
}) {
  // A newer server may know kinds this client does not.
  const kind = KINDS[item.type] ?? { icon: 'bell' as const, words: '' };
  const link = linkOf(item);
  const href = target(item, link);
  const elsewhere = link !== null && link.origin !== location.origin;
  const body = (
    <>
      <span class={`notification-icon notification-${item.type}`}>
        <Icon name={kind.icon} size={22} filled={item.type === 'like'} />
      </span>
      <span class="notification-main">
        <span class="notification-head">
          {item.group ? (
            <span class="notification-people">
              {item.group.actors.slice(0, 5).map((actor) => (
                <Avatar key={actor.id} user={actor} size={32} />
              ))}
            </span>
          ) : item.actor ? (
            <Avatar user={item.actor} size={32} />
          ) : (
            <Mark size={32} />
          )}
          <span class="muted notification-time">
            <Time at={item.created_at} />
          </span>
        </span>
        <span class="notification-words">
          {item.title ? (
            <strong>
              <bdi>{item.title}</bdi>
            </strong>
          ) : (
            <>
              {item.actor && (
                <strong>
                  <Name user={item.actor} />
                </strong>
              )}{' '}
              {others(item) > 0 && `and ${plural(others(item), 'other')} `}
              {kind.words}
            </>
          )}
        </span>
        {item.text && (
          <span class="notification-text" dir="auto">
            {item.text}
          </span>
        )}
        {elsewhere && (
          <span class="notification-host muted" data-testid="notification-host">
            <Icon name="link" size={14} /> {link.host}
          </span>
        )}
        {!item.read && <span class="visually-hidden">Unread</span>}
      </span>
    </>
  );
  const shared = {
    class: item.read ? 'notification' : 'notification notification-unread',
    'data-testid': 'notification',
    'data-type': item.type,
  };
  const row = href ? (
    <a {...shared} href={href} rel={elsewhere ? 'noopener noreferrer' : undefined}>
      {body}
    </a>
  ) : (
    <div {...shared}>{body}</div>
  );
  if (!act) return row;
  return (
    <div class="notification-row">
      {row}
      <button
        type="button"
        class="icon-button"
        aria-label={act}
        title={act}
        data-testid="notification-act"
        onClick={onAct}
      >
        <Icon name="archive" size={18} />
      </button>
    </div>
  );
}
