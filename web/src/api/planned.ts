import { request } from './http';
import type { Answer, Draft, ScheduledTweet } from './types';

export type PlannedKind = 'drafts' | 'scheduled';

/** A draft or a scheduled tweet; `tweet` is the body that will be posted. */
export type Planned = Omit<ScheduledTweet, 'status'> & Pick<Draft | ScheduledTweet, 'status'>;

type PlannedPage = Answer<'/1/tweets/drafts', 'get'> | Answer<'/1/tweets/scheduled', 'get'>;

export function fetchPlanned(kind: PlannedKind, token?: string): Promise<PlannedPage> {
  return request(`/1/tweets/${kind}`, { query: { pagination_token: token } });
}

export async function keepDraft(tweet: object): Promise<void> {
  await request('/1/tweets/drafts', { method: 'POST', json: { tweet } });
}

export async function scheduleTweet(tweet: object, at: Date): Promise<void> {
  await request('/1/tweets/scheduled', {
    method: 'POST',
    json: { tweet, scheduled_at: at.toISOString() },
  });
}

/** Replaces what a draft says, or what a scheduled tweet says and when. */
export async function changePlanned(
  kind: PlannedKind,
  old: Planned,
  text: string,
  at?: Date,
): Promise<Planned> {
  const { data } = await request<{ data: Planned }>(`/1/tweets/${kind}/${old.id}`, {
    method: 'PUT',
    json: { tweet: { ...old.tweet, text: text || undefined }, scheduled_at: at?.toISOString() },
  });
  return data;
}

export async function dropPlanned(kind: PlannedKind, id: string): Promise<void> {
  await request(`/1/tweets/${kind}/${id}`, { method: 'DELETE' });
}
