import { signal } from '@preact/signals';

export interface Place {
  path: string;
  query: URLSearchParams;
  /** How the user got here: going back restores lists and scroll position. */
  kind: 'load' | 'push' | 'pop';
  key: string;
}

let counter = 0;
const scrollByKey = new Map<string, number>();

function keyOf(state: unknown): string {
  return state && typeof state === 'object' && 'key' in state ? String(state.key) : 'start';
}

function read(kind: Place['kind']): Place {
  return {
    path: location.pathname,
    query: new URLSearchParams(location.search),
    kind,
    key: keyOf(history.state),
  };
}

export const place = signal<Place>(read('load'));

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  scrollByKey.set(place.peek().key, scrollY);
  counter += 1;
  const state = { key: `${Date.now()}-${counter}` };
  if (options.replace) history.replaceState(state, '', to);
  else history.pushState(state, '', to);
  place.value = read('push');
}

/** Corrects the address without treating it as a new page. */
export function correctAddress(to: string): void {
  history.replaceState(history.state, '', to);
}

export function savedScroll(key: string): number {
  return scrollByKey.get(key) ?? 0;
}

/** Only same-site paths may be used as a redirect target after login. */
export function safePath(target: string | null): string {
  return target && /^\/(?![/\\])/.test(target) ? target : '/';
}

function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.target || link.origin !== location.origin) return;
  // Anchors such as the skip link stay with the browser.
  if (link.getAttribute('href')?.startsWith('#')) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}

export function startRouter(): void {
  history.scrollRestoration = 'manual';
  document.addEventListener('click', onClick);
  addEventListener('popstate', () => {
    // The scroll offset still belongs to the page being left.
    scrollByKey.set(place.peek().key, scrollY);
    place.value = read('pop');
  });
}
