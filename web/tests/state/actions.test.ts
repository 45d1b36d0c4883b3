import { beforeEach, describe, expect, it } from 'vitest';
import {
  adoptTweet,
  relationTo,
  removeTweet,
  toggleBookmark,
  toggleFollow,
  toggleHidden,
  togglePin,
  toggleReaction,
} from '../../src/state/actions';
import { clearLists, listKeys } from '../../src/state/lists';
import { clearStore, putTweets, putUsers, tweetRef, userRef } from '../../src/state/store';
import { toasts } from '../../src/state/toasts';
import { listOf } from '../support/lists';
import { ME, tweet, tweetCounts, user } from '../support/objects';
import { answer, later, serve } from '../support/server';

const T = '50';
const THEM = '2';
const shown = () => tweetRef(T).value;
const likes = () => shown()?.public_metrics?.like_count;
const ok = () => answer({ data: {} });
const refused = () => answer({ detail: 'No.' }, 403);

beforeEach(() => {
  clearStore();
  clearLists();
  toasts.value = [];
  putTweets([tweet(T)]);
  putUsers([user(ME), user(THEM)]);
});

describe('a like', () => {
  it('shows before the server answers', async () => {
    const wait = later();
    const seen = serve(() => wait.answer);
    const done = toggleReaction(ME, T, 'likes');
    expect(shown()?.viewer?.liked).toBe(true);
    expect(likes()).toBe(6);
    wait.give(ok());
    await done;
    expect(seen[0]).toMatchObject({ method: 'POST', path: `/2/users/${ME}/likes` });
    expect(likes()).toBe(6);
  });

  it('goes back when the server refuses it, and says why', async () => {
    serve(refused);
    await toggleReaction(ME, T, 'likes');
    expect(shown()?.viewer?.liked).toBe(false);
    expect(likes()).toBe(5);
    expect(toasts.value).toMatchObject([{ text: 'No.', tone: 'error' }]);
  });

  it('is taken back by the next click, and not below zero', async () => {
    putTweets([
      tweet(T, {
        viewer: { liked: true, retweeted: false },
        public_metrics: tweetCounts(0),
      }),
    ]);
    const seen = serve(ok);
    await toggleReaction(ME, T, 'likes');
    expect(seen[0]).toMatchObject({ method: 'DELETE', path: `/2/users/${ME}/likes/${T}` });
    expect(likes()).toBe(0);
  });

  it('is not sent twice while it is under way', async () => {
    const wait = later();
    const seen = serve(() => wait.answer);
    const first = toggleReaction(ME, T, 'likes');
    await toggleReaction(ME, T, 'likes');
    wait.give(ok());
    await first;
    expect(seen).toHaveLength(1);
    expect(likes()).toBe(6);
  });
});

describe('a retweet that is taken back', () => {
  const entry = tweet('60', {
    author_id: ME,
    referenced_tweets: [{ type: 'retweeted', id: T }],
  });

  beforeEach(() => putTweets([entry, tweet(T, { viewer: { liked: false, retweeted: true } })]));

  it('takes its entry out of the lists', async () => {
    serve(ok);
    await toggleReaction(ME, T, 'retweets');
    expect(tweetRef('60').value?.removed).toBe(true);
    expect(shown()?.removed).toBeUndefined();
  });

  it('brings it back when the server refuses', async () => {
    serve(refused);
    await toggleReaction(ME, T, 'retweets');
    expect(tweetRef('60').value?.removed).toBe(false);
  });
});

it.each([
  ['bookmarked', () => toggleBookmark(ME, T)],
  ['hidden', () => toggleHidden(T)],
] as const)('%s follows the server', async (flag, toggle) => {
  serve(ok);
  await toggle();
  expect(shown()?.viewer?.[flag]).toBe(true);
  serve(refused);
  await toggle();
  expect(shown()?.viewer?.[flag]).toBe(true);
  serve(ok);
  await toggle();
  expect(shown()?.viewer?.[flag]).toBe(false);
});

it('adds a bookmark to bookmarks that were opened meanwhile', async () => {
  const list = listOf(listKeys.bookmarks(), []);
  serve(ok);
  await toggleBookmark(ME, T);
  expect(list.items.value).toEqual([T]);
});

it('pins one tweet in place of another, and takes it off', async () => {
  const seen = serve(ok);
  await togglePin(ME, T);
  expect(userRef(ME).value?.pinned_tweet_id).toBe(T);
  await togglePin(ME, T);
  expect(userRef(ME).value?.pinned_tweet_id).toBeUndefined();
  expect(seen.map((one) => one.method)).toEqual(['PUT', 'DELETE']);
});

describe('a deletion', () => {
  it('counts for the author', async () => {
    serve(ok);
    expect(await removeTweet(T)).toBe(true);
    expect(shown()?.removed).toBe(true);
    expect(userRef(THEM).value?.public_metrics?.tweet_count).toBe(9);
  });

  it('is undone when the server refuses', async () => {
    serve(refused);
    expect(await removeTweet(T)).toBe(false);
    expect(shown()?.removed).toBe(false);
    expect(userRef(THEM).value?.public_metrics?.tweet_count).toBe(10);
  });
});

describe('following', () => {
  const counts = () => [
    userRef(ME).value?.public_metrics?.following_count,
    userRef(THEM).value?.public_metrics?.followers_count,
  ];

  it('counts on both sides and makes the home timeline load afresh', async () => {
    const home = listOf(listKeys.home, ['1']);
    serve(() => answer({ data: { following: true } }));
    await toggleFollow(ME, THEM);
    expect(relationTo(userRef(THEM).value)).toBe('following');
    expect(counts()).toEqual([11, 11]);
    expect(listOf(listKeys.home, [])).not.toBe(home);
  });

  it('asks a protected account, and counts nothing', async () => {
    putUsers([user(THEM, { protected: true })]);
    serve(() => answer({ data: { following: false, pending_follow: true } }));
    await toggleFollow(ME, THEM);
    expect(relationTo(userRef(THEM).value)).toBe('follow_request_sent');
    expect(counts()).toEqual([10, 10]);
  });

  it('believes the server: an account may have become protected', async () => {
    serve(() => answer({ data: { following: false, pending_follow: true } }));
    await toggleFollow(ME, THEM);
    expect(relationTo(userRef(THEM).value)).toBe('follow_request_sent');
    expect(counts()).toEqual([10, 10]);
  });

  it('keeps other relations, and undoes itself when refused', async () => {
    putUsers([user(THEM, { connection_status: ['followed_by', 'following'] })]);
    serve(refused);
    await toggleFollow(ME, THEM);
    expect(userRef(THEM).value?.connection_status).toEqual(['followed_by', 'following']);
    serve(ok);
    await toggleFollow(ME, THEM);
    expect(userRef(THEM).value?.connection_status).toEqual(['followed_by']);
    expect(counts()).toEqual([9, 9]);
  });
});

it('places a new reply where its author may be looking', async () => {
  const home = listOf(listKeys.home, ['1']);
  const replies = listOf(listKeys.replies(T), ['2']);
  serve(() => answer({ data: tweet('70', { author_id: ME }) }));
  await adoptTweet(ME, '70', T);
  expect(home.items.value).toEqual(['70', '1']);
  expect(replies.items.value).toEqual(['2', '70']);
  expect(shown()?.public_metrics?.reply_count).toBe(6);
  expect(userRef(ME).value?.public_metrics?.tweet_count).toBe(11);
});
