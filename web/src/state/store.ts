import { batch, type Signal, signal } from '@preact/signals';
import type { Includes, Media, Poll, Tweet, User } from '../api/types';

/**
 * Every tweet and user seen, held once by id: liking a tweet in one list
 * shows at once wherever else it appears.
 */
export interface StoredTweet extends Tweet {
  poll?: Poll;
  /** Deleted by the viewer; lists skip it, and a failed deletion brings it back. */
  removed?: boolean;
}

const tweets = new Map<string, Signal<StoredTweet | undefined>>();
const media = new Map<string, Signal<Media | undefined>>();
const users = new Map<string, Signal<User | undefined>>();

function ref<T>(map: Map<string, Signal<T | undefined>>, id: string): Signal<T | undefined> {
  let entry = map.get(id);
  if (!entry) {
    entry = signal<T | undefined>(undefined);
    map.set(id, entry);
  }
  return entry;
}

export const tweetRef = (id: string): Signal<StoredTweet | undefined> => ref(tweets, id);
export const userRef = (id: string): Signal<User | undefined> => ref(users, id);

export const mediaRef = (key: string): Signal<Media | undefined> => ref(media, key);

export function patchTweet(id: string, change: (tweet: StoredTweet) => Partial<StoredTweet>): void {
  const entry = tweetRef(id);
  const tweet = entry.peek();
  if (tweet) entry.value = { ...tweet, ...change(tweet) };
}

export function patchUser(id: string, change: (user: User) => Partial<User>): void {
  const entry = userRef(id);
  const user = entry.peek();
  if (user) entry.value = { ...user, ...change(user) };
}

/** Hides or brings back the entries by which `author` passed a tweet on. */
export function setRetweetsRemoved(author: string, original: string, removed: boolean): void {
  for (const [id, entry] of tweets) {
    const tweet = entry.peek();
    const passesOn = tweet?.referenced_tweets?.some(
      (reference) => reference.type === 'retweeted' && reference.id === original,
    );
    if (passesOn && tweet?.author_id === author) patchTweet(id, () => ({ removed }));
  }
}

/** Merges, because small user objects in expansions must not erase a full profile. */
export function putUsers(list: User[] | undefined): void {
  batch(() => {
    for (const user of list ?? []) {
      const entry = userRef(user.id);
      entry.value = { ...entry.peek(), ...user };
    }
  });
}

/** Replaces, because a full profile omits the fields its owner has emptied. */
export function putProfile(user: User): void {
  userRef(user.id).value = user;
}

export function putTweets(list: Tweet[] | undefined, includes?: Includes): void {
  batch(() => {
    putUsers(includes?.users);
    for (const one of includes?.media ?? []) mediaRef(one.media_key).value = one;
    const polls = new Map((includes?.polls ?? []).map((poll) => [poll.id, poll]));
    for (const tweet of [...(includes?.tweets ?? []), ...(list ?? [])]) {
      const entry = tweetRef(tweet.id);
      // A poll has the id of its tweet.
      const poll = polls.get(tweet.id);
      entry.value = { ...entry.peek(), ...tweet, ...(poll && { poll }) };
    }
  });
}

export function clearStore(): void {
  tweets.clear();
  media.clear();
  users.clear();
}
