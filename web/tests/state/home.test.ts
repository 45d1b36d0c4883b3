import { beforeEach, describe, expect, it } from 'vitest';
import type { Tweet } from '../../src/api/types';
import { newCount, newOverflow, pollHome, showWaiting, visitHome } from '../../src/state/home';
import { createPagedList, type PagedList } from '../../src/state/lists';
import { clearStore, putTweets } from '../../src/state/store';
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
  await visitHome(list, ME);
});

describe('polling', () => {
  it('asks from a little before the newest: fan-out overtakes itself', async () => {
    const seen = page([]);
    await pollHome(list, ME);
    expect(seen[0]?.query.get('since_id')).toBe(id(70_000));
  });

  it('announces what is new, and shows it on demand, newest first', async () => {
    page([tweet(id(100_002)), tweet(id(100_001)), tweet(id(100_000))]);
    await pollHome(list, ME);
    expect(newCount.value).toBe(2);
    expect(list.items.value).toEqual([id(100_000)]);
    await showWaiting(list);
    expect(list.items.value).toEqual([id(100_002), id(100_001), id(100_000)]);
    expect(newCount.value).toBe(0);
  });

  it('takes a late tweet of others, but no own one: that was deleted', async () => {
    page([tweet(id(99_999)), tweet(id(99_998), { author_id: ME })]);
    await pollHome(list, ME);
    await showWaiting(list);
    expect(list.items.value).toEqual([id(99_999), id(100_000)]);
  });

  it('leaves out retweets of what is shown', async () => {
    const retweet = tweet(id(100_005), {
      referenced_tweets: [{ type: 'retweeted', id: id(100_000) }],
    });
    page([retweet]);
    await pollHome(list, ME);
    expect(newCount.value).toBe(0);
  });

  it('announces nothing twice', async () => {
    page([tweet(id(100_001))]);
    await pollHome(list, ME);
    await pollHome(list, ME);
    expect(newCount.value).toBe(1);
  });
});

describe('more than a page', () => {
  const many = { next_token: 'n', oldest_id: id(100_050) };

  it('reloads the list, as adding would leave a gap', async () => {
    page([tweet(id(100_060)), tweet(id(100_050))], many);
    await pollHome(list, ME);
    expect(newOverflow.value).toBe(true);
    list.items.value = ['stale'];
    await showWaiting(list);
    expect(list.items.value).toEqual([id(100_000)]);
    expect(newOverflow.value).toBe(false);
  });

  it('stops asking until it is shown', async () => {
    page([tweet(id(100_060)), tweet(id(100_050))], many);
    await pollHome(list, ME);
    const seen = page([]);
    await pollHome(list, ME);
    expect(seen).toHaveLength(0);
  });

  it('leaves no gap where the page reaches what is shown', async () => {
    page([tweet(id(100_060)), tweet(id(99_000))], { next_token: 'n', oldest_id: id(99_000) });
    await pollHome(list, ME);
    expect(newOverflow.value).toBe(false);
  });
});

it('forgets what waited for another list', async () => {
  page([tweet(id(100_001))]);
  await pollHome(list, ME);
  page([]);
  const other = createPagedList(
    () => Promise.resolve({ items: [] }),
    (one: string) => one,
  );
  await visitHome(other, ME);
  expect(newCount.value).toBe(0);
});
