import { useEffect } from 'preact/hooks';
import { fetchNotifications, markAllRead } from '../api/notifications';
import { fetchTexts } from '../api/tweets';
import type { Notification } from '../api/types';
import { EmptyState } from '../components/ui/Feedback';
import { Icon } from '../components/ui/Icon';
import { ListView } from '../components/ui/ListView';
import { NotificationItem } from '../components/ui/NotificationItem';
import { PageHeader } from '../components/ui/PageHeader';
import { plural } from '../lib/format';
import { useTitle } from '../state/hooks';
import { usePagedList } from '../state/lists';
import { unread } from '../state/unread';

const PAGE_SIZE = 30;

/** Several people may like several tweets: each row says which one it is about. */
async function withTexts(items: Notification[]): Promise<Notification[]> {
  const ids = [...new Set(items.flatMap((item) => item.tweet_id ?? []))];
  if (ids.length === 0) return items;
  const texts = await fetchTexts(ids).catch(() => new Map<string, string>());
  return items.map((item) => ({
    ...item,
    text: item.text ?? texts.get(item.tweet_id ?? ''),
  }));
}

export function NotificationsPage() {
  useTitle('Notifications');
  const list = usePagedList<Notification>(
    'notifications',
    async (token) => {
      const answer = await fetchNotifications(PAGE_SIZE, token);
      const items = answer.data ?? [];
      return { items: await withTexts(items), next: answer.meta?.next_token };
    },
    (item) => item.id,
  );

  // Seeing counts as reading; the rows keep their mark until the next visit.
  const loaded = list.status.value === 'ready' && list.error.value === null;
  const hasUnread = list.items.value.some((item) => !item.read);
  useEffect(() => {
    if (!loaded || !hasUnread) return;
    markAllRead()
      .then(() => {
        unread.value = 0;
      })
      .catch(() => undefined);
  }, [loaded, hasUnread, list.items.value]);

  const count = loaded ? unread.value : 0;
  // On an empty page there is no place to lose: show what arrives at once.
  const first = count > 0 && list.items.value.length === 0;
  useEffect(() => {
    if (first) void list.reload();
  }, [first]);

  return (
    <>
      <PageHeader title="Notifications" />
      <div class="pill-slot" role="status">
        {count > 0 && !hasUnread && (
          <button
            type="button"
            class="pill"
            data-testid="new-notifications-pill"
            onClick={() => void list.reload()}
          >
            <Icon name="up" size={16} />
            {plural(count, 'new notification')}
          </button>
        )}
      </div>
      <ListView
        list={list}
        render={(item) => <NotificationItem key={item.id} item={item} />}
        empty={
          <EmptyState icon="bell" title="Nothing yet">
            <p>Likes, replies, mentions and new followers will land here.</p>
          </EmptyState>
        }
      />
    </>
  );
}
