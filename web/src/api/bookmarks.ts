import { request } from './http';
import { fetchTweetsById } from './tweets';
import type { Answer, Folder, TweetPage, TweetsResponse } from './types';

/** All folders: there can be a hundred. */
export async function fetchFolders(me: string): Promise<Folder[]> {
  const { data } = await request<Answer<'/2/users/{id}/bookmarks/folders', 'get'>>(
    `/2/users/${me}/bookmarks/folders`,
    {
      query: { max_results: 100 },
    },
  );
  return data ?? [];
}

export async function createFolder(me: string, name: string): Promise<Folder> {
  const { data } = await request<Answer<'/2/users/{id}/bookmarks/folders', 'post'>>(
    `/2/users/${me}/bookmarks/folders`,
    {
      method: 'POST',
      json: { name },
    },
  );
  return data;
}

export async function renameFolder(id: string, name: string): Promise<void> {
  await request(`/1/bookmarks/folders/${id}`, { method: 'PUT', json: { name } });
}

export async function deleteFolder(id: string): Promise<void> {
  await request(`/1/bookmarks/folders/${id}`, { method: 'DELETE' });
}

/** Bookmarks a tweet into a folder, out of the one where it was. */
export async function fileBookmark(me: string, tweet: string, folder: string): Promise<void> {
  await request(`/2/users/${me}/bookmarks`, {
    method: 'POST',
    json: { tweet_id: tweet, folder_id: folder },
  });
}

/** A page of a folder, which lists ids only, with the tweets. */
export async function fetchFolder(
  me: string,
  id: string,
  token?: string,
): Promise<TweetsResponse & Pick<TweetPage, 'meta'>> {
  const { data, meta } = await request<
    Answer<'/2/users/{id}/bookmarks/folders/{folder_id}', 'get'>
  >(`/2/users/${me}/bookmarks/folders/${id}`, {
    query: { max_results: 20, pagination_token: token },
  });
  if (!data?.length) return { meta };
  const found = await fetchTweetsById(data.map((one) => one.id));
  return { ...found, meta };
}
