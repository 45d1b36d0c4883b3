import { request } from './http';
import type { NotificationPage } from './types';

export type InboxView = 'all' | 'mentions' | 'archive';

export function fetchNotifications(
  view: InboxView,
  size: number,
  token?: string,
): Promise<NotificationPage> {
  return request('/1/notifications/inbox', {
    query: {
      max_results: size,
      pagination_token: token,
      grouped: 'true',
      filter: view === 'mentions' ? 'mentions' : undefined,
      archived: view === 'archive' ? 'true' : undefined,
    },
  });
}

export async function markAllRead(): Promise<void> {
  await request('/1/notifications/inbox/read', { method: 'POST', json: { all: true } });
}

/** Puts entries away, or back where `archived` is false; resolves to the unread count. */
export async function archive(ids: string[], archived: boolean): Promise<number> {
  const answer = await request<{ data: { unread_count: number } }>(
    '/1/notifications/inbox/archive',
    { method: 'POST', json: { ids, archived } },
  );
  return answer.data.unread_count;
}
