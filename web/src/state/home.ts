import { computed, signal } from '@preact/signals';
import { fetchHome } from '../api/tweets';
import type { Tweet } from '../api/types';
import { idBefore, isLater, maxId } from '../lib/ids';
import type { PagedList } from './lists';
import { me } from './session';
import { putTweets, tweetRef } from './store';

/** Tweets that arrived since the list was loaded, newest first, not shown yet. */
const waiting = signal<string[]>([]);
/** More arrived than one page holds: showing them would leave a gap in the list. */
const overflow = signal(false);

/** What the pill announces: the viewer's own tweets are no news to them. */
export const newCount = computed(
  () => waiting.value.filter((id) => tweetRef(id).value?.author_id !== me.value?.id).length,
);
export const newOverflow = computed(() => overflow.value);

let owner: PagedList<string> | null = null;

function reset(): void {
  waiting.value = [];
  overflow.value = false;
}

/** Called on arriving at the timeline: catches up at once if the list was kept from before. */
export async function visitHome(list: PagedList<string>, meId: string): Promise<void> {
  // What waited for an older list is part of what a new one loads.
  if (owner !== list) reset();
  owner = list;
  // The regular polling tries again, so a failure here needs no words.
  await pollHome(list, meId).catch(() => undefined);
}

/** The tweet that a retweet passes on. */
const repeats = (tweet: Tweet | undefined): string | undefined =>
  tweet?.referenced_tweets?.find((one) => one.type === 'retweeted')?.id;

/** Fan-out overtakes itself: a tweet may come after one that was posted later. */
const LATE_MS = 30_000;

export async function pollHome(list: PagedList<string>, meId: string): Promise<void> {
  if (list.status.peek() !== 'ready' || overflow.peek()) return;
  const since = list.newest.peek();
  const answer = await fetchHome(meId, { since: since && idBefore(since, LATE_MS) });
  putTweets(answer.data, answer.includes);
  const shown = new Set([...list.items.peek(), ...waiting.peek()]);
  // As within one page of the server: what is there already is not passed on once more.
  const repeated = new Set([...shown].map((id) => repeats(tweetRef(id).peek()) ?? id));
  const known = (tweet: Tweet): boolean =>
    shown.has(tweet.id) ||
    repeated.has(repeats(tweet) ?? '') ||
    // The viewer's own tweets are never late: this one has been deleted just now.
    (since !== undefined && tweet.author_id === meId && !isLater(tweet.id, since));
  const fresh = (answer.data ?? []).filter((tweet) => !known(tweet)).map((tweet) => tweet.id);
  list.newest.value = maxId(list.newest.peek(), answer.meta?.newest_id);
  if (fresh.length > 0) waiting.value = [...fresh, ...waiting.peek()];
  const lowest = answer.meta?.oldest_id;
  const gap =
    answer.meta?.next_token !== undefined &&
    lowest !== undefined &&
    (since === undefined || isLater(lowest, since));
  overflow.value = gap && fresh.length > 0;
}

export async function showWaiting(list: PagedList<string>): Promise<void> {
  const gap = overflow.peek();
  const ids = waiting.peek();
  reset();
  if (gap) await list.reload();
  else list.add(ids, 'start');
}
