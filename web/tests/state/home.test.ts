import { beforeEach, describe, expect, it } from 'vitest';
import type { Tweet } from '../../src/api/types';
import { newCount, newOverflow, showFirst, showWaiting, visitHome } from '../../src/state/home';
import { createPagedList, type PagedList } from '../../src/state/lists';
import { clearStore, putTweets } from '../../src/state/store';
import { unread } from '../../src/state/unread';
import { pollUpdates } from '../../src/state/updates';
import { ME, tweet } from '../support/objects';
import { answer, serve } from '../support/server';

const id = (n: number): string => String(BigInt(n) << 22n);
let list: PagedList<string>;

const page = (tweets: Tweet[], meta: object = {}) =>
  serve(() =>
    answer({
      data: tweets,
      meta: { newest_id: tweets[0]?.id, oldest_id: tweets.at(-1)?.id, ...meta },
    }),
  );

beforeEach(async () => {
  clearStore();
  list = createPagedList(
    () => Promise.resolve({ items: [id(100_000)], newest: id(100_000) }),
    (one) => one,
  );
  putTweets([tweet(id(100_000))]);
  await list.reload();
  page([]);
  visitHome(list, ME);
});

describe('a home that fills', () => {
  const filling = (...pages: string[][]) => {
    const left = [...pages];
    return createPagedList(
      () => Promise.resolve({ items: left.shift() ?? [] }),
      (one: string) => one,
    );
  };

  it('is looked at until the first tweets are there', async () => {
    const home = filling([], [], [id(7)], [id(8)]);
    await showFirst(home, [0, 0, 0, 0]);
    expect(home.items.value).toEqual([id(7)]);
  });

  it('is left alone after a while', async () => {
    const home = filling([], [], [id(7)]);
    await showFirst(home, [0, 0]);
    expect(home.items.value).toEqual([]);
  });
});

describe('polling', () => {
  it('asks from a little before the newest: fan-out overtakes itself', async () => {
    const seen = page([]);
    await pollUpdates();
    expect(seen[0]?.query.get('since_id')).toBe(id(70_000));
  });

  it('announces what is new, and shows it on demand, newest first', async () => {
    page([tweet(id(100_002)), tweet(id(100_001)), tweet(id(100_000))]);
    await pollUpdates();
    expect(newCount.value).toBe(2);
    expect(list.items.value).toEqual([id(100_000)]);
    await showWaiting();
    expect(list.items.value).toEqual([id(100_002), id(100_001), id(100_000)]);
    expect(newCount.value).toBe(0);
  });

  it('takes a late tweet of others, but no own one: that was deleted', async () => {
    page([tweet(id(99_999)), tweet(id(99_998), { author_id: ME })]);
    await pollUpdates();
    await showWaiting();
    expect(list.items.value).toEqual([id(99_999), id(100_000)]);
  });

  it('shows an own tweet from elsewhere with the next ones of others', async () => {
    const own = tweet(id(100_001), { author_id: ME });
    page([own]);
    await pollUpdates();
    page([tweet(id(100_002)), own]);
    await pollUpdates();
    await showWaiting();
    expect(list.items.value).toEqual([id(100_002), id(100_001), id(100_000)]);
  });

  it('leaves out retweets of what is shown', async () => {
    const retweet = tweet(id(100_005), {
      referenced_tweets: [{ type: 'retweeted', id: id(100_000) }],
    });
    page([retweet]);
    await pollUpdates();
    expect(newCount.value).toBe(0);
  });

  it('names what the page has already', async () => {
    page([tweet(id(100_001))]);
    await pollUpdates();
    const seen = page([]);
    await pollUpdates();
    expect(seen[0]?.path).toBe('/1/updates');
    expect(seen[0]?.query.get('known_ids')).toBe(`${id(100_001)},${id(100_000)}`);
  });

  it('goes on from where the server says', async () => {
    page([], { since_id: id(99_990) });
    await pollUpdates();
    const seen = page([]);
    await pollUpdates();
    expect(seen[0]?.query.get('since_id')).toBe(id(99_990));
  });

  it('looks everywhere each tenth time', async () => {
    const seen = page([]);
    for (let turn = 0; turn < 20; turn += 1) await pollUpdates();
    expect(seen.filter((one) => one.query.get('full') === 'true')).toHaveLength(2);
  });

  it('counts unread notifications with the same request', async () => {
    const seen = page([], { unread_count: 3 });
    await pollUpdates();
    expect(unread.value).toBe(3);
    expect(seen).toHaveLength(1);
  });

  it('asks for no tweets while nobody looks at the timeline', async () => {
    visitHome(list, ME)();
    const seen = page([]);
    await pollUpdates();
    expect(seen[0]?.query.has('since_id')).toBe(false);
  });

  it('loads the tweets when they are shown, as they are then', async () => {
    page([tweet(id(100_002)), tweet(id(100_001))]);
    await pollUpdates();
    const seen = page([tweet(id(100_002))]);
    await showWaiting();
    expect(seen[0]?.query.get('since_id')).toBe(String(BigInt(id(100_001)) - 1n));
    expect(list.items.value).toEqual([id(100_002), id(100_000)]);
    expect(newCount.value).toBe(0);
  });

  it('keeps the pill when they cannot be loaded', async () => {
    page([tweet(id(100_001))]);
    await pollUpdates();
    serve(() => new Error('offline'));
    await showWaiting();
    expect(newCount.value).toBe(1);
    expect(list.items.value).toEqual([id(100_000)]);
  });

  it('announces nothing twice', async () => {
    page([tweet(id(100_001))]);
    await pollUpdates();
    await pollUpdates();
    expect(newCount.value).toBe(1);
  });
});

describe('more than a page', () => {
  const many = { next_token: 'n', oldest_id: id(100_050) };

  it('reloads the list, as adding would leave a gap', async () => {
    page([tweet(id(100_060)), tweet(id(100_050))], many);
    await pollUpdates();
    expect(newOverflow.value).toBe(true);
    list.items.value = ['stale'];
    await showWaiting();
    expect(list.items.value).toEqual([id(100_000)]);
    expect(newOverflow.value).toBe(false);
  });

  it('asks for no more tweets until they are shown', async () => {
    page([tweet(id(100_060)), tweet(id(100_050))], many);
    await pollUpdates();
    const seen = page([]);
    await pollUpdates();
    expect(seen.map((one) => one.query.get('since_id'))).toEqual([null]);
  });

  it('leaves no gap where the page reaches what is shown', async () => {
    page([tweet(id(100_060)), tweet(id(99_000))], { next_token: 'n', oldest_id: id(99_000) });
    await pollUpdates();
    expect(newOverflow.value).toBe(false);
  });
});

it('forgets what waited for another list', async () => {
  page([tweet(id(100_001))]);
  await pollUpdates();
  page([]);
  const other = createPagedList(
    () => Promise.resolve({ items: [] }),
    (one: string) => one,
  );
  visitHome(other, ME);
  expect(newCount.value).toBe(0);
});
