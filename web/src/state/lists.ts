import { batch, type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { failureOf } from '../api/http';
import { place } from '../lib/router';

export interface Chunk<T> {
  items: T[];
  next?: string;
  newest?: string;
}

export interface PagedList<T> {
  items: Signal<T[]>;
  status: Signal<'idle' | 'loading' | 'ready'>;
  error: Signal<string | null>;
  /** The error stays when the page is asked for again. */
  final: Signal<boolean>;
  next: Signal<string | undefined>;
  /** The newest id the server has reported, from which polling goes on. */
  newest: Signal<string | undefined>;
  more: () => Promise<void>;
  reload: () => Promise<void>;
  add: (items: T[], where: 'start' | 'end') => void;
}

type FetchPage<T> = (token?: string) => Promise<Chunk<T>>;

export function createPagedList<T>(
  fetchPage: FetchPage<T>,
  keyOf: (item: T) => string,
): PagedList<T> {
  const items = signal<T[]>([]);
  const status = signal<'idle' | 'loading' | 'ready'>('idle');
  const error = signal<string | null>(null);
  const final = signal(false);
  const next = signal<string | undefined>(undefined);
  const newest = signal<string | undefined>(undefined);

  /** Added since the page that is under way was asked for, which may not know of it. */
  let meanwhile: [T[], 'start' | 'end'][] = [];

  const put = (added: T[], where: 'start' | 'end'): void => {
    const known = new Set(items.peek().map(keyOf));
    const fresh = added.filter((item) => !known.has(keyOf(item)));
    items.value = where === 'start' ? [...fresh, ...items.peek()] : [...items.peek(), ...fresh];
  };

  const load = async (token?: string): Promise<void> => {
    if (status.peek() === 'loading') return;
    meanwhile = [];
    batch(() => {
      status.value = 'loading';
      error.value = null;
    });
    try {
      const chunk = await fetchPage(token);
      batch(() => {
        const kept = token ? items.peek() : [];
        const known = new Set(kept.map(keyOf));
        items.value = [...kept, ...chunk.items.filter((item) => !known.has(keyOf(item)))];
        for (const [added, where] of meanwhile) put(added, where);
        next.value = chunk.next;
        if (!token) newest.value = chunk.newest;
      });
    } catch (cause) {
      const failure = failureOf(cause);
      error.value = failure.text;
      final.value = failure.final;
    } finally {
      status.value = 'ready';
    }
  };

  return {
    items,
    status,
    error,
    final,
    next,
    newest,
    more: () => load(next.peek()),
    reload: () => load(),
    add: (added, where) => {
      if (status.peek() === 'loading') meanwhile.push([added, where]);
      put(added, where);
    },
  };
}

export const listKeys = {
  home: 'home',
  bookmarks: (folder = ''): string => `bookmarks:${folder}`,
  user: (id: string): string => `user:${id}`,
  replies: (id: string): string => `replies:${id}`,
  related: (id: string, relation: string): string => `${relation}:${id}`,
};

const MAX_KEPT = 12;
const kept = new Map<string, unknown>();

export function clearLists(): void {
  kept.clear();
}

/** Puts an item into a list that is already on show or remembered; others load it anyway. */
export function addToList<T>(key: string, item: T, where: 'start' | 'end'): void {
  const list = kept.get(key) as PagedList<T> | undefined;
  if (list && list.status.peek() !== 'idle') list.add([item], where);
}

/** Puts one id in the place of another in all lists of ids that are remembered. */
export function replaceInLists(old: string, id: string): void {
  for (const list of kept.values() as Iterable<PagedList<unknown>>) {
    const items = list.items.peek();
    if (items.includes(old)) list.items.value = items.map((one) => (one === old ? id : one));
  }
}

/** Makes the next visit load afresh, e.g. the timeline after following somebody. */
export function dropList(key: string): void {
  kept.delete(key);
}

/**
 * A list that survives leaving the page: going back shows it as it was.
 * With `sticky` it is reused on every visit.
 */
export function usePagedList<T>(
  key: string,
  fetchPage: FetchPage<T>,
  keyOf: (item: T) => string,
  sticky = false,
): PagedList<T> {
  const list = useMemo(() => {
    const known = kept.get(key) as PagedList<T> | undefined;
    if (known && (sticky || place.peek().kind === 'pop')) return known;
    const fresh = createPagedList(fetchPage, keyOf);
    kept.delete(key);
    kept.set(key, fresh);
    const oldest = kept.keys().next().value;
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return fresh;
  }, [key]);

  useEffect(() => {
    if (list.status.peek() === 'idle') void list.reload();
  }, [list]);
  return list;
}
