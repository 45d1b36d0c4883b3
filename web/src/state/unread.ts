import { signal } from '@preact/signals';
import { fetchNotifications } from '../api/notifications';

/** How many notifications wait unread, for the badge in the navigation and the title. */
export const unread = signal(0);

export async function refreshUnread(): Promise<void> {
  const { meta } = await fetchNotifications(1);
  unread.value = meta?.unread_count ?? 0;
}
