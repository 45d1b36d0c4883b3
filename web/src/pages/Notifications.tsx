import { useEffect } from 'preact/hooks';
import { errorText } from '../api/http';
import { archive, fetchNotifications, type InboxView, markAllRead } from '../api/notifications';
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
import { showToast } from '../state/toasts';
import { unread } from '../state/unread';

const PAGE_SIZE = 30;

const VIEWS: Record<InboxView, { title: string; empty: string; hint: string }> = {
  all: {
    title: 'All',
    empty: 'Nothing yet',
    hint: 'Likes, replies, mentions and new followers will land here.',
  },
  mentions: {
    title: 'Mentions',
    empty: 'Nobody has mentioned you yet',
    hint: 'Mentions, replies and quotes will land here.',
  },
  archive: {
    title: 'Archive',
    empty: 'Nothing is archived',
    hint: 'Notifications that you archive are kept here.',
  },
};

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

export function NotificationsPage({ view = 'all' }: { view?: InboxView }) {
  useTitle('Notifications');
  const list = usePagedList<Notification>(
    `notifications:${view}`,
    async (token) => {
      const answer = await fetchNotifications(view, PAGE_SIZE, token);
      const items = answer.data ?? [];
      return { items: await withTexts(items), next: answer.meta?.next_token };
    },
    (item) => item.id,
  );

  // Seeing counts as reading; the rows keep their mark until the next visit. Who sees only some
  // of them has not seen the others.
  const loaded = list.status.value === 'ready' && list.error.value === null;
  const hasUnread = list.items.value.some((item) => !item.read);
  const reads = view === 'all' && loaded && hasUnread;
  useEffect(() => {
    if (!reads) return;
    markAllRead()
      .then(() => {
        unread.value = 0;
      })
      .catch(() => undefined);
  }, [reads, list.items.value]);

  const count = loaded && view === 'all' ? unread.value : 0;
  // On an empty page there is no place to lose: show what arrives at once.
  const first = count > 0 && list.items.value.length === 0;
  useEffect(() => {
    if (first) void list.reload();
  }, [first]);

  const move = async (item: Notification): Promise<void> => {
    try {
      unread.value = await archive(item.group?.ids ?? [item.id], view !== 'archive');
      list.items.value = list.items.peek().filter((one) => one.id !== item.id);
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };

  return (
    <>
      <PageHeader title="Notifications">
        <a
          class="icon-button"
          href="/settings/notifications"
          aria-label="Notification settings"
          title="Notification settings"
          data-testid="notification-settings"
        >
          <Icon name="settings" />
        </a>
      </PageHeader>
      <nav class="tabs" aria-label="Notifications">
        {(Object.keys(VIEWS) as InboxView[]).map((name) => (
          <a
            key={name}
            href={name === 'all' ? '/notifications' : `/notifications/${name}`}
            aria-current={name === view ? 'page' : undefined}
            data-testid={`inbox-${name}`}
          >
            {VIEWS[name].title}
          </a>
        ))}
      </nav>
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
        render={(item) => (
          <NotificationItem
            key={item.id}
            item={item}
            act={view === 'archive' ? 'Move back to the inbox' : 'Archive'}
            onAct={() => void move(item)}
          />
        )}
        empty={
          <EmptyState icon="bell" title={VIEWS[view].empty}>
            <p>{VIEWS[view].hint}</p>
          </EmptyState>
        }
      />
    </>
  );
}
