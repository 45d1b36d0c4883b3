import { errorText } from '../api/http';
import {
  bookmark,
  deleteTweet,
  fetchTweet,
  hideReply,
  pinTweet,
  type Reaction,
  react,
} from '../api/tweets';
import type { ConnectionStatus, TweetMetrics, User, UserMetrics } from '../api/types';
import { follow, unfollow } from '../api/users';
import { addToList, dropList, listKeys, replaceInLists } from './lists';
import { patchTweet, patchUser, putTweets, setRetweetsRemoved, tweetRef, userRef } from './store';
import { showToast } from './toasts';

/** Every action shows its result at once and takes it back when the server refuses. */

const METRIC: Record<Reaction, keyof TweetMetrics> = {
  likes: 'like_count',
  retweets: 'retweet_count',
};
const FLAG = { likes: 'liked', retweets: 'retweeted' } as const;
const busy = new Set<string>();

export async function toggleReaction(me: string, id: string, kind: Reaction): Promise<void> {
  const key = `${kind}:${id}`;
  const before = tweetRef(id).peek();
  // Two requests under way at once could arrive in either order.
  if (!before || busy.has(key)) return;
  const on = !before.viewer?.[FLAG[kind]];
  const apply = (value: boolean): void =>
    patchTweet(id, (tweet) => {
      const metrics = tweet.public_metrics;
      const count = (metrics?.[METRIC[kind]] ?? 0) + (value ? 1 : -1);
      return {
        viewer: { ...(tweet.viewer ?? { liked: false, retweeted: false }), [FLAG[kind]]: value },
        public_metrics: metrics && { ...metrics, [METRIC[kind]]: Math.max(0, count) },
      };
    });
  const undoesRetweet = kind === 'retweets' && !on;
  busy.add(key);
  apply(on);
  if (undoesRetweet) setRetweetsRemoved(me, id, true);
  try {
    await react(me, kind, id, on);
  } catch (error) {
    apply(!on);
    if (undoesRetweet) setRetweetsRemoved(me, id, false);
    showToast(errorText(error), 'error');
  } finally {
    busy.delete(key);
  }
}

export function bumpMetric(id: string, metric: keyof UserMetrics, by: number): void {
  patchUser(id, ({ public_metrics: metrics }) =>
    metrics ? { public_metrics: { ...metrics, [metric]: Math.max(0, metrics[metric] + by) } } : {},
  );
}

export async function toggleBookmark(me: string, id: string): Promise<void> {
  const key = `bookmark:${id}`;
  const before = tweetRef(id).peek();
  if (!before || busy.has(key)) return;
  const on = !before.viewer?.bookmarked;
  const apply = (bookmarked: boolean): void =>
    patchTweet(id, ({ viewer }) => ({
      viewer: { ...(viewer ?? { liked: false, retweeted: false }), bookmarked },
    }));
  busy.add(key);
  apply(on);
  try {
    await bookmark(me, id, on);
    // Bookmarks that were opened meanwhile may have been read before it was there.
    if (on) addToList(listKeys.bookmarks(), id, 'start');
  } catch (error) {
    apply(!on);
    showToast(errorText(error), 'error');
  } finally {
    busy.delete(key);
  }
}

export async function toggleHidden(id: string): Promise<void> {
  const key = `hidden:${id}`;
  const before = tweetRef(id).peek();
  if (!before || busy.has(key)) return;
  const on = !before.viewer?.hidden;
  const apply = (hidden: boolean): void =>
    patchTweet(id, ({ viewer }) => ({
      viewer: { ...(viewer ?? { liked: false, retweeted: false }), hidden },
    }));
  busy.add(key);
  apply(on);
  try {
    await hideReply(id, on);
  } catch (error) {
    apply(!on);
    showToast(errorText(error), 'error');
  } finally {
    busy.delete(key);
  }
}

export async function togglePin(me: string, id: string): Promise<void> {
  const before = userRef(me).peek()?.pinned_tweet_id;
  const on = before !== id;
  try {
    await pinTweet(id, on);
    patchUser(me, () => ({ pinned_tweet_id: on ? id : undefined }));
    showToast(on ? 'Pinned to your profile.' : 'No longer pinned.');
  } catch (error) {
    showToast(errorText(error), 'error');
  }
}

/** Puts the new version of an edited tweet in the place of the one before, in every list. */
export async function replaceTweet(old: string, id: string): Promise<void> {
  const answer = await fetchTweet(id);
  putTweets(answer.data && [answer.data], answer.includes);
  replaceInLists(old, id);
}

export async function removeTweet(id: string): Promise<boolean> {
  const author = tweetRef(id).peek()?.author_id;
  const apply = (removed: boolean): void => {
    patchTweet(id, () => ({ removed }));
    if (author) bumpMetric(author, 'tweet_count', removed ? -1 : 1);
  };
  apply(true);
  try {
    await deleteTweet(id);
    showToast('Tweet deleted.');
    return true;
  } catch (error) {
    apply(false);
    showToast(errorText(error), 'error');
    return false;
  }
}

function withRelation(user: User, relation: ConnectionStatus | null): Partial<User> {
  const others = (user.connection_status ?? []).filter(
    (status) => status !== 'following' && status !== 'follow_request_sent',
  );
  return { connection_status: relation ? [...others, relation] : others };
}

export function relationTo(user: User | undefined): ConnectionStatus | null {
  const status = user?.connection_status ?? [];
  if (status.includes('following')) return 'following';
  return status.includes('follow_request_sent') ? 'follow_request_sent' : null;
}

export async function toggleFollow(me: string, target: string): Promise<void> {
  const key = `follow:${target}`;
  const user = userRef(target).peek();
  if (!user || busy.has(key)) return;
  const before = relationTo(user);
  const guess: ConnectionStatus = user.protected ? 'follow_request_sent' : 'following';
  const apply = (to: ConnectionStatus | null): void => {
    const from = relationTo(userRef(target).peek());
    patchUser(target, (current) => withRelation(current, to));
    const change = Number(to === 'following') - Number(from === 'following');
    bumpMetric(target, 'followers_count', change);
    bumpMetric(me, 'following_count', change);
  };
  busy.add(key);
  apply(before ? null : guess);
  try {
    if (before) await unfollow(me, target);
    else apply(await follow(me, target));
    // The home timeline now consists of other people's tweets.
    dropList(listKeys.home);
  } catch (error) {
    apply(before);
    showToast(errorText(error), 'error');
  } finally {
    busy.delete(key);
  }
}

/** Loads a tweet just posted in full and places it wherever its author may be looking. */
export async function adoptTweet(me: string, id: string, replyTo?: string): Promise<void> {
  const answer = await fetchTweet(id);
  putTweets(answer.data && [answer.data], answer.includes);
  bumpMetric(me, 'tweet_count', 1);
  addToList(listKeys.home, id, 'start');
  addToList(listKeys.user(me), id, 'start');
  if (!replyTo) return;
  addToList(listKeys.replies(replyTo), id, 'end');
  patchTweet(replyTo, ({ public_metrics: metrics }) =>
    metrics ? { public_metrics: { ...metrics, reply_count: metrics.reply_count + 1 } } : {},
  );
}
