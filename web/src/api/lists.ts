import { request } from './http';
import type { Answer, Body, TweetList, TweetListPage, UserPage } from './types';

export type ListDraft = Required<Body<'/2/lists', 'post'>>;

export type ListKind = 'owned_lists' | 'followed_lists' | 'pinned_lists';

const FIELDS = { 'list.fields': 'description,follower_count,member_count,owner_id,private' };

export function fetchLists(me: string, kind: ListKind, token?: string): Promise<TweetListPage> {
  // Pinned lists are few and come at once.
  const paging = kind === 'pinned_lists' ? {} : { max_results: 100, pagination_token: token };
  return request(`/2/users/${me}/${kind}`, { query: { ...FIELDS, ...paging } });
}

export async function fetchList(id: string): Promise<TweetList> {
  const { data } = await request<Answer<'/2/lists/{id}', 'get'>>(`/2/lists/${id}`, {
    query: FIELDS,
  });
  return data;
}

export async function createList(json: ListDraft): Promise<string> {
  const { data } = await request<Answer<'/2/lists', 'post'>>('/2/lists', { method: 'POST', json });
  return data.id;
}

export async function updateList(id: string, json: ListDraft): Promise<void> {
  await request(`/2/lists/${id}`, { method: 'PUT', json });
}

export async function deleteList(id: string): Promise<void> {
  await request(`/2/lists/${id}`, { method: 'DELETE' });
}

export function fetchMembers(id: string, token?: string): Promise<UserPage> {
  return request(`/2/lists/${id}/members`, {
    query: {
      max_results: 100,
      pagination_token: token,
      'user.fields': 'description,profile_image_url,protected,verified,connection_status',
    },
  });
}

export async function addMember(id: string, user: string): Promise<void> {
  await request(`/2/lists/${id}/members`, { method: 'POST', json: { user_id: user } });
}

export async function removeMember(id: string, user: string): Promise<void> {
  await request(`/2/lists/${id}/members/${user}`, { method: 'DELETE' });
}

/** Follows or pins a list, or no longer. */
export async function relateToList(
  me: string,
  id: string,
  kind: 'followed_lists' | 'pinned_lists',
  on: boolean,
): Promise<void> {
  await (on
    ? request(`/2/users/${me}/${kind}`, { method: 'POST', json: { list_id: id } })
    : request(`/2/users/${me}/${kind}/${id}`, { method: 'DELETE' }));
}
