import { request } from './http';
import type { Answer, UserPage } from './types';
import { ROW_FIELDS } from './users';

/** What one may hold against somebody: by these words in paths, lists and `connection_status`. */
export type Held = 'blocking' | 'muting';

const PAGE = { max_results: 100, 'user.fields': ROW_FIELDS };

export function fetchHeld(me: string, held: Held, token?: string): Promise<UserPage> {
  return request(`/2/users/${me}/${held}`, { query: { ...PAGE, pagination_token: token } });
}

export async function setHeld(me: string, held: Held, target: string, on: boolean): Promise<void> {
  const path = `/2/users/${me}/${held}`;
  if (on) await request(path, { method: 'POST', json: { target_user_id: target } });
  else await request(`${path}/${target}`, { method: 'DELETE' });
}

export function fetchRequests(token?: string): Promise<UserPage> {
  return request('/1/follow_requests', { query: { ...PAGE, pagination_token: token } });
}

export async function answerRequest(id: string, answer: 'approve' | 'deny'): Promise<void> {
  await request(`/1/follow_requests/${id}/${answer}`, { method: 'POST' });
}

const notifyPath = (target: string): string => `/1/follows/${target}/notify`;

export async function fetchNotify(target: string): Promise<boolean> {
  return (await request<Answer<'/1/follows/{target_user_id}/notify', 'get'>>(notifyPath(target)))
    .data.notify;
}

export async function setNotify(target: string, enabled: boolean): Promise<void> {
  await request(notifyPath(target), { method: 'PUT', json: { enabled } });
}
