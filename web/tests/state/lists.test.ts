import { describe, expect, it } from 'vitest';
import { ApiError } from '../../src/api/http';
import {
  addToList,
  type Chunk,
  clearLists,
  createPagedList,
  dropList,
  replaceInLists,
} from '../../src/state/lists';
import { listOf } from '../support/lists';

const keyOf = (id: string): string => id;

describe('a paged list', () => {
  const pages: Record<string, Chunk<string>> = {
    '': { items: ['5', '4'], next: 'a', newest: '5' },
    a: { items: ['4', '3'], newest: '4' },
  };
  const make = () =>
    createPagedList((token) => Promise.resolve(pages[token ?? ''] ?? { items: [] }), keyOf);

  it('loads page after page and leaves out what it has', async () => {
    const list = make();
    await list.reload();
    expect(list.items.value).toEqual(['5', '4']);
    expect(list.next.value).toBe('a');
    await list.more();
    expect(list.items.value).toEqual(['5', '4', '3']);
    expect(list.next.value).toBeUndefined();
    // Polling goes on from the first page.
    expect(list.newest.value).toBe('5');
  });

  it('starts over when it is reloaded', async () => {
    const list = make();
    await list.reload();
    await list.more();
    await list.reload();
    expect(list.items.value).toEqual(['5', '4']);
  });

  it('loads once at a time', async () => {
    let calls = 0;
    const list = createPagedList(() => {
      calls += 1;
      return Promise.resolve({ items: ['1'] });
    }, keyOf);
    await Promise.all([list.reload(), list.reload()]);
    expect(calls).toBe(1);
  });

  it('keeps what it has when a page fails, and forgets the error afterwards', async () => {
    let fails = false;
    const list = createPagedList(
      () =>
        fails
          ? Promise.reject(new ApiError(503, 'Busy.'))
          : Promise.resolve({ items: ['1'], next: 'n' }),
      keyOf,
    );
    await list.reload();
    fails = true;
    await list.more();
    expect(list.error.value).toBe('Busy.');
    expect(list.items.value).toEqual(['1']);
    expect(list.status.value).toBe('ready');
    fails = false;
    await list.more();
    expect(list.error.value).toBeNull();
  });

  it('keeps what is added while its first page is under way', async () => {
    let arrive = (_: Chunk<string>): void => undefined;
    const list = createPagedList(
      () =>
        new Promise<Chunk<string>>((resolve) => {
          arrive = resolve;
        }),
      keyOf,
    );
    list.add(['of before'], 'start');
    const loading = list.reload();
    list.add(['9', '5'], 'start');
    list.add(['0'], 'end');
    arrive({ items: ['5', '4'] });
    await loading;
    expect(list.items.value).toEqual(['9', '5', '4', '0']);
  });

  it('adds at either end, each item once', () => {
    const list = make();
    list.add(['2', '1'], 'start');
    list.add(['3', '2'], 'start');
    list.add(['0', '1'], 'end');
    expect(list.items.value).toEqual(['3', '2', '1', '0']);
  });
});

describe('remembered lists', () => {
  it('take items and replacements by key', () => {
    clearLists();
    const list = listOf('a', ['1', '2']);
    const other = listOf('b', ['2', '3']);
    addToList('a', '0', 'start');
    addToList('unknown', '9', 'start');
    replaceInLists('2', '20');
    expect(list.items.value).toEqual(['0', '1', '20']);
    expect(other.items.value).toEqual(['20', '3']);
  });

  it('are reused until they are dropped', () => {
    clearLists();
    const list = listOf('a', ['1']);
    expect(listOf('a', [])).toBe(list);
    dropList('a');
    expect(listOf('a', [])).not.toBe(list);
  });

  it('are the twelve last ones', () => {
    clearLists();
    const first = listOf('k0', []);
    const second = listOf('k1', []);
    for (let n = 2; n <= 12; n += 1) listOf(`k${n}`, []);
    expect(listOf('k1', [])).toBe(second);
    expect(listOf('k0', [])).not.toBe(first);
  });
});
