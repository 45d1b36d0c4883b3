import { request } from './http';
import type { NotificationPage } from './types';

export function fetchNotifications(size: number, token?: string): Promise<NotificationPage> {
  return request('/1/notifications/inbox', {
    query: { max_results: size, pagination_token: token },
  });
}

export async function markAllRead(): Promise<void> {
  await request('/1/notifications/inbox/read', { method: 'POST', json: { all: true } });
}
