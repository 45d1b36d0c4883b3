import { beforeEach, expect, it } from 'vitest';
import {
  clearStore,
  mediaRef,
  patchTweet,
  putProfile,
  putTweets,
  putUsers,
  tweetRef,
  userRef,
} from '../../src/state/store';
import { tweet, user } from '../support/objects';

beforeEach(clearStore);

it('merges small user objects into a full profile', () => {
  putUsers([user('2', { description: 'Long.' })]);
  putUsers([{ id: '2', name: 'New', username: 'new' }]);
  expect(userRef('2').value).toMatchObject({ name: 'New', description: 'Long.' });
});

it('takes out of a profile what its owner has emptied', () => {
  putUsers([user('2', { description: 'Long.' })]);
  putProfile(user('2'));
  expect(userRef('2').value?.description).toBeUndefined();
});

it('takes apart an answer with its includes', () => {
  const poll = { id: '1', options: [], voting_status: 'open' as const };
  putTweets([tweet('1')], {
    users: [user('2')],
    tweets: [tweet('3')],
    polls: [poll],
    media: [{ media_key: '3_9', type: 'photo' }],
  });
  expect(tweetRef('1').value?.poll).toEqual(poll);
  expect(tweetRef('3').value?.text).toBe('Tweet 3');
  expect(userRef('2').value?.username).toBe('user2');
  expect(mediaRef('3_9').value?.type).toBe('photo');
});

it('keeps the poll of a tweet when an answer comes without it', () => {
  putTweets([tweet('1')], { polls: [{ id: '1', options: [] }] });
  putTweets([tweet('1', { text: 'again' })]);
  expect(tweetRef('1').value).toMatchObject({ text: 'again', poll: { id: '1' } });
});

it('patches only what it knows', () => {
  patchTweet('404', () => ({ text: 'x' }));
  expect(tweetRef('404').value).toBeUndefined();
});
