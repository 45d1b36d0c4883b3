import { h, render } from 'preact';
import { type PagedList, usePagedList } from '../../src/state/lists';

/** The remembered list of a key, with items as if they had been loaded. */
export function listOf(key: string, items: string[]): PagedList<string> {
  let list: PagedList<string> | undefined;
  const Probe = () => {
    list = usePagedList<string>(
      key,
      () => Promise.resolve({ items: [] }),
      (id) => id,
      true,
    );
    return null;
  };
  const root = document.createElement('div');
  render(h(Probe, null), root);
  if (!list) throw new Error('the list was not made');
  if (list.status.peek() === 'idle') {
    list.items.value = items;
    list.status.value = 'ready';
  }
  render(null, root);
  return list;
}
