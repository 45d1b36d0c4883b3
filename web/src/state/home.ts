import { computed, signal } from '@preact/signals';
import { errorText } from '../api/http';
import { fetchHome } from '../api/tweets';
import type { Tweet, TweetPage } from '../api/types';
import { idBefore, isLater, maxId } from '../lib/ids';
import type { PagedList } from './lists';
import { me } from './session';
import { putTweets, tweetRef } from './store';
import { showToast } from './toasts';

/** Tweets that arrived since the list was loaded, newest first, not shown yet. */
const waiting = signal<string[]>([]);
/** More arrived than one page holds: showing them would leave a gap in the list. */
const overflow = signal(false);

/** What the pill announces: the viewer's own tweets are no news to them. */
export const newCount = computed(
  () => waiting.value.filter((id) => tweetRef(id).value?.author_id !== me.value?.id).length,
);
export const newOverflow = computed(() => overflow.value);

interface Visit {
  list: PagedList<string>;
  meId: string;
  /** Everything up to here has been looked at. */
  since?: string;
}

/** The timeline on show, or the one shown last. */
let visit: Visit | null = null;
let open = false;

function reset(): void {
  waiting.value = [];
  overflow.value = false;
}

/** Called on arriving at the timeline; the function returned is called on leaving it. */
export function visitHome(list: PagedList<string>, meId: string): () => void {
  // What waited for an older list is part of what a new one loads.
  if (visit?.list !== list) {
    reset();
    visit = { list, meId };
  }
  open = true;
  return () => {
    open = false;
  };
}

export interface HomeQuery {
  list: PagedList<string>;
  since: string;
  known: string[];
}

/** Fan-out overtakes itself: a tweet may come after one that was posted later. */
const LATE_MS = 30_000;
const MOST_KNOWN = 100;

/** What the poll asks about the timeline; null while nobody looks at it. */
export function homeQuery(): HomeQuery | null {
  if (!visit || !open || visit.list.status.peek() !== 'ready' || overflow.peek()) return null;
  const { list } = visit;
  const newest = list.newest.peek();
  const since = maxId(visit.since, newest && idBefore(newest, LATE_MS)) ?? '0';
  const known = [...waiting.peek(), ...list.items.peek()].filter((id) => isLater(id, since));
  return { list, since, known: known.slice(0, MOST_KNOWN) };
}

/** The tweet that a retweet passes on. */
const repeats = (tweet: Tweet | undefined): string | undefined =>
  tweet?.referenced_tweets?.find((one) => one.type === 'retweeted')?.id;

/** The tweets of an answer that are not on the page in one way or another. */
function unknown(
  answer: TweetPage,
  { list, meId }: Visit,
  shown: Set<string>,
  announced: string[] = [],
): string[] {
  // As within one page of the server: what is there already is not passed on once more.
  const repeated = new Set([...shown].map((id) => repeats(tweetRef(id).peek()) ?? id));
  const newest = list.newest.peek();
  const known = (tweet: Tweet): boolean =>
    shown.has(tweet.id) ||
    repeated.has(repeats(tweet) ?? '') ||
    // The viewer's own tweets are never late: this one has been deleted just now.
    (newest !== undefined &&
      tweet.author_id === meId &&
      !isLater(tweet.id, newest) &&
      !announced.includes(tweet.id));
  return (answer.data ?? []).filter((tweet) => !known(tweet)).map((tweet) => tweet.id);
}

/** Keeps what a poll found for the pill. */
export function takeUpdates(
  asked: HomeQuery,
  answer: TweetPage & { meta: { since_id?: string } },
): void {
  // Meanwhile another list has taken the place of the one that was asked for.
  if (visit?.list !== asked.list || asked.list.status.peek() !== 'ready') return;
  const { list } = visit;
  putTweets(answer.data, answer.includes);
  const fresh = unknown(answer, visit, new Set([...list.items.peek(), ...waiting.peek()]));
  const newest = list.newest.peek();
  visit.since = maxId(visit.since, answer.meta.since_id);
  list.newest.value = maxId(newest, answer.meta.newest_id);
  if (fresh.length > 0) waiting.value = [...fresh, ...waiting.peek()];
  const lowest = answer.meta.oldest_id;
  const gap =
    answer.meta.next_token !== undefined &&
    lowest !== undefined &&
    (newest === undefined || isLater(lowest, newest));
  overflow.value = gap && fresh.length > 0;
}

/** Milliseconds before each look at a home that fills: back-fill takes a moment. */
const FILLING = [0, 500, 1000, 2000, 4000, 8000];

/** Shows what a first follow brings to an empty home, as soon as it is there. */
export async function showFirst(list: PagedList<string>, pauses = FILLING): Promise<void> {
  for (const pause of pauses) {
    await new Promise((done) => setTimeout(done, pause));
    await list.reload();
    if (list.items.peek().length > 0 || list.error.peek() !== null) return;
  }
}

/** Loads what the pill announced, as it is now, and puts it on top of the list. */
export async function showWaiting(): Promise<void> {
  if (!visit) return;
  const { list, meId } = visit;
  const ids = waiting.peek();
  const lowest = ids.reduce((least, id) => (isLater(least, id) ? id : least), ids[0] ?? '1');
  if (!overflow.peek()) {
    try {
      const answer = await fetchHome(meId, { since: String(BigInt(lowest) - 1n) });
      if (answer.meta.next_token === undefined) {
        putTweets(answer.data, answer.includes);
        list.add(unknown(answer, visit, new Set(list.items.peek()), ids), 'start');
        list.newest.value = maxId(list.newest.peek(), answer.meta.newest_id);
        waiting.value = waiting.peek().filter((id) => !ids.includes(id));
        return;
      }
    } catch (cause) {
      showToast(errorText(cause), 'error');
      return;
    }
  }
  reset();
  await list.reload();
}
