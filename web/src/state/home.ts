import { computed, signal } from '@preact/signals';
import { fetchHome } from '../api/tweets';
import { maxId } from '../lib/ids';
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

export async function pollHome(list: PagedList<string>, meId: string): Promise<void> {
  if (list.status.peek() !== 'ready' || overflow.peek()) return;
  const answer = await fetchHome(meId, { since: list.newest.peek() });
  putTweets(answer.data, answer.includes);
  const shown = new Set([...list.items.peek(), ...waiting.peek()]);
  const fresh = (answer.data ?? []).map((tweet) => tweet.id).filter((id) => !shown.has(id));
  list.newest.value = maxId(list.newest.peek(), answer.meta?.newest_id);
  if (fresh.length > 0) waiting.value = [...fresh, ...waiting.peek()];
  overflow.value = answer.meta?.next_token !== undefined && fresh.length > 0;
}

export async function showWaiting(list: PagedList<string>): Promise<void> {
  const gap = overflow.peek();
  const ids = waiting.peek();
  reset();
  if (gap) await list.reload();
  else list.add(ids, 'start');
}
