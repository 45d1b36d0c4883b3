import { ApiError, request } from './http';
import type { Answer, ConnectionStatus, User, UserPage, UserResponse } from './types';

const PROFILE_FIELDS =
  'created_at,description,location,pinned_tweet_id,profile_banner_url,profile_image_url,public_metrics,protected,url,verified,connection_status';
export const ROW_FIELDS = 'description,profile_image_url,protected,verified,connection_status';

function only(answer: UserResponse): User {
  if (answer.data) return answer.data;
  throw new ApiError(404, answer.errors?.[0]?.detail ?? 'This account does not exist.');
}

export async function fetchMe(): Promise<User> {
  return only(await request('/2/users/me', { query: { 'user.fields': PROFILE_FIELDS } }));
}

export async function fetchUserByName(username: string): Promise<User> {
  return only(
    await request(`/2/users/by/username/${encodeURIComponent(username)}`, {
      query: { 'user.fields': PROFILE_FIELDS },
    }),
  );
}

/** People whose names begin with the words of a query. */
export function searchUsers(query: string, token?: string): Promise<UserPage> {
  return request('/2/users/search', {
    query: { query, max_results: 30, next_token: token, 'user.fields': ROW_FIELDS },
  });
}

/** The most followed accounts to which the viewer has no relation. */
export function fetchSuggestions(size: number): Promise<UserPage> {
  return request('/1/users/suggestions', {
    query: { max_results: size, 'user.fields': ROW_FIELDS },
  });
}

export type Relation = 'followers' | 'following';

export function fetchRelated(
  id: string,
  relation: Relation,
  token?: string,
  size = 100,
): Promise<UserPage> {
  return request(`/2/users/${id}/${relation}`, {
    query: { max_results: size, pagination_token: token, 'user.fields': ROW_FIELDS },
  });
}

/** Returns the status the server settled on: protected accounts answer with a request. */
export async function follow(me: string, target: string): Promise<ConnectionStatus | null> {
  const { data } = await request<Answer<'/2/users/{id}/following', 'post'>>(
    `/2/users/${me}/following`,
    { method: 'POST', json: { target_user_id: target } },
  );
  if (data.pending_follow) return 'follow_request_sent';
  return data.following ? 'following' : null;
}

export async function unfollow(me: string, target: string): Promise<void> {
  await request(`/2/users/${me}/following/${target}`, { method: 'DELETE' });
}
