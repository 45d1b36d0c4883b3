import { ApiError, request } from './http';
import type {
  Answer,
  Body,
  Data,
  ReplySettings,
  Tweet,
  TweetPage,
  TweetResponse,
  TweetsResponse,
} from './types';

export const MEDIA_FIELDS = 'alt_text,height,preview_image_url,subtitles,type,url,variants,width';
const FIELDS = {
  'tweet.fields':
    'attachments,author_id,conversation_id,created_at,edit_controls,entities,public_metrics,referenced_tweets,in_reply_to_user_id,viewer',
  expansions:
    'attachments.media_keys,attachments.poll_ids,author_id,referenced_tweets.id,referenced_tweets.id.author_id,referenced_tweets.id.attachments.media_keys',
  'user.fields': 'profile_image_url,verified',
  'media.fields': MEDIA_FIELDS,
  'poll.fields': 'end_datetime,voting_status',
};

export const PAGE_SIZE = 20;

export async function fetchTweet(id: string): Promise<TweetResponse> {
  const answer = await request<TweetResponse>(`/2/tweets/${id}`, { query: FIELDS });
  if (!answer.data) {
    throw new ApiError(404, answer.errors?.[0]?.detail ?? 'This tweet does not exist.');
  }
  return answer;
}

/** The whole text of a tweet that shows only its start. */
export async function fetchNote(id: string): Promise<NonNullable<Tweet['note_tweet']>> {
  const { data } = await request<TweetResponse>(`/2/tweets/${id}`, {
    query: { 'tweet.fields': 'note_tweet' },
  });
  if (!data?.note_tweet) throw new ApiError(404, 'The rest of this tweet is gone.');
  return data.note_tweet;
}

/** Up to a hundred tweets by id, in that order; those that are gone are left out. */
export const fetchTweetsById = (ids: string[]): Promise<TweetsResponse> =>
  request('/2/tweets', { query: { ...FIELDS, ids: ids.join(',') } });

/** The texts of up to a hundred tweets by id; those that are gone are left out. */
export async function fetchTexts(ids: string[]): Promise<Map<string, string>> {
  const { data } = await request<TweetsResponse>('/2/tweets', {
    query: { ids: ids.join(',') },
  });
  return new Map((data ?? []).map((tweet) => [tweet.id, tweet.text]));
}

export interface PageQuery {
  token?: string;
  since?: string;
}

function page(path: string, { token, since }: PageQuery, size: number): Promise<TweetPage> {
  return request(path, {
    query: { ...FIELDS, max_results: size, pagination_token: token, since_id: since },
  });
}

export const fetchHome = (me: string, query: PageQuery): Promise<TweetPage> =>
  page(`/2/users/${me}/timelines/reverse_chronological`, query, PAGE_SIZE);

export const fetchUserTweets = (id: string, query: PageQuery): Promise<TweetPage> =>
  page(`/2/users/${id}/tweets`, query, PAGE_SIZE);

export const fetchListTweets = (id: string, query: PageQuery): Promise<TweetPage> =>
  page(`/2/lists/${id}/tweets`, query, PAGE_SIZE);

export const fetchReplies = (id: string, query: PageQuery): Promise<TweetPage> =>
  page(`/1/tweets/${id}/replies`, query, PAGE_SIZE);

type NewTweet = Body<'/2/tweets', 'post'>;

export interface Draft {
  text: string;
  replyTo?: string;
  quote?: string;
  media?: string[];
  poll?: NewTweet['poll'];
  /** Who may reply; everyone unless told. */
  replies?: ReplySettings;
}

/** What `POST /2/tweets` takes. */
export function tweetBody(draft: Draft): NewTweet {
  return {
    text: draft.text || undefined,
    media: draft.media?.length ? { media_ids: draft.media } : undefined,
    reply: draft.replyTo ? { in_reply_to_tweet_id: draft.replyTo } : undefined,
    quote_tweet_id: draft.quote,
    poll: draft.poll,
    reply_settings: draft.replies === 'everyone' ? undefined : draft.replies,
  };
}

type Posted = Data<'/2/tweets', 'post'>;

export async function postBody(json: NewTweet): Promise<Posted> {
  const { data } = await request<Answer<'/2/tweets', 'post'>>('/2/tweets', {
    method: 'POST',
    json,
  });
  return data;
}

export const postTweet = (draft: Draft): Promise<Posted> => postBody(tweetBody(draft));

/** Resolves to the id of the new version. */
export async function editTweet(id: string, text: string): Promise<string> {
  const { data } = await request<Answer<'/2/tweets', 'post'>>('/2/tweets', {
    method: 'POST',
    json: { text, edit_options: { previous_post_id: id } },
  });
  return data.id;
}

export async function fetchVersions(ids: string[]): Promise<Tweet[]> {
  const { data } = await request<TweetsResponse>('/2/tweets', {
    query: { ids: ids.join(','), 'tweet.fields': 'created_at' },
  });
  return data ?? [];
}

export async function vote(id: string, position: number): Promise<void> {
  await request(`/1/tweets/${id}/votes`, { method: 'POST', json: { position } });
}

export const fetchBookmarks = (me: string, query: PageQuery): Promise<TweetPage> =>
  page(`/2/users/${me}/bookmarks`, query, PAGE_SIZE);

export async function bookmark(me: string, id: string, on: boolean): Promise<void> {
  await (on
    ? request(`/2/users/${me}/bookmarks`, { method: 'POST', json: { tweet_id: id } })
    : request(`/2/users/${me}/bookmarks/${id}`, { method: 'DELETE' }));
}

/** For the author of a conversation: hides a reply in it, or shows it again. */
export async function hideReply(id: string, hidden: boolean): Promise<void> {
  await request(`/2/tweets/${id}/hidden`, { method: 'PUT', json: { hidden } });
}

/** Pins an own tweet to the profile in place of any other, or takes it off. */
export async function pinTweet(id: string, on: boolean): Promise<void> {
  await (on
    ? request('/1/accounts/me/pinned_tweet', { method: 'PUT', json: { tweet_id: id } })
    : request('/1/accounts/me/pinned_tweet', { method: 'DELETE' }));
}

export async function deleteTweet(id: string): Promise<void> {
  await request(`/2/tweets/${id}`, { method: 'DELETE' });
}

export type Reaction = 'likes' | 'retweets';

export async function react(me: string, kind: Reaction, id: string, on: boolean): Promise<void> {
  await (on
    ? request(`/2/users/${me}/${kind}`, { method: 'POST', json: { tweet_id: id } })
    : request(`/2/users/${me}/${kind}/${id}`, { method: 'DELETE' }));
}
