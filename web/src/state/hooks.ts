import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { unread } from './unread';

/** One clock for every relative time on the page. */
export const clock = signal(Date.now());
setInterval(() => {
  clock.value = Date.now();
}, 30_000);

export function useTitle(title: string): void {
  const count = unread.value;
  useEffect(() => {
    document.title = `${count > 0 ? `(${count}) ` : ''}${title} / Rookery`;
  }, [title, count]);
}

/** Puts a dot on the tab's icon while something is unread. */
export function useUnreadIcon(): void {
  const some = unread.value > 0;
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon) icon.href = some ? '/favicon-unread.svg' : '/favicon.svg';
    return () => {
      if (icon) icon.href = '/favicon.svg';
    };
  }, [some]);
}

const MAX_WAIT = 5 * 60_000;
/** Polls that people cause by going to and fro are at least so far apart. */
const LEAST_GAP = 5000;
/** Without any input for so long the page counts as left alone, and soon asks nothing more. */
const IDLE_STEPS = [
  { after: 5 * 60_000, factor: Number.POSITIVE_INFINITY },
  { after: 60_000, factor: 8 },
];
let lastInput = Date.now();
const inputListeners = new Set<() => void>();

function onInput(): void {
  const wasIdle = idleFactor() > 1;
  lastInput = Date.now();
  if (!wasIdle) return;
  for (const listener of inputListeners) listener();
}
for (const kind of ['pointermove', 'pointerdown', 'keydown', 'scroll', 'touchstart']) {
  addEventListener(kind, onInput, { passive: true, capture: true });
}
// Who comes back to the tab has touched it.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') lastInput = Date.now();
});

function idleFactor(): number {
  const idle = Date.now() - lastInput;
  return IDLE_STEPS.find((step) => idle >= step.after)?.factor ?? 1;
}

/**
 * Calls `task` every `interval` ms while the page is visible and `active` holds.
 * A page that is left alone asks more rarely and after five minutes nothing, but at once when
 * somebody returns. Failures double the wait, so that a struggling server is left in peace.
 */
export function usePolling(task: () => Promise<unknown>, interval: number, active = true): void {
  const latest = useRef(task);
  latest.current = task;
  useEffect(() => {
    if (!active) return undefined;
    let timer: number | undefined;
    let wait = interval;
    let began = Date.now();
    let running = false;
    let stopped = false;
    const awake = (): boolean => !stopped && document.visibilityState === 'visible';
    const schedule = (ms: number): void => {
      window.clearTimeout(timer);
      if (awake() && Number.isFinite(idleFactor())) timer = window.setTimeout(run, ms);
    };
    const run = async (): Promise<void> => {
      if (running || !awake() || !Number.isFinite(idleFactor())) return;
      running = true;
      began = Date.now();
      try {
        await latest.current();
        wait = interval;
      } catch {
        wait = Math.min(wait * 2, MAX_WAIT);
      }
      running = false;
      schedule(Math.min(wait * idleFactor(), MAX_WAIT));
    };
    const onReturn = (): void => {
      window.clearTimeout(timer);
      const gap = Date.now() - began;
      // Returning must not hurry a server that has just failed.
      const least = wait > interval ? wait : Math.min(interval, LEAST_GAP);
      if (gap >= least) void run();
      else schedule(least - gap);
    };
    schedule(Math.min(wait * idleFactor(), MAX_WAIT));
    inputListeners.add(onReturn);
    document.addEventListener('visibilitychange', onReturn);
    return () => {
      stopped = true;
      window.clearTimeout(timer);
      inputListeners.delete(onReturn);
      document.removeEventListener('visibilitychange', onReturn);
    };
  }, [interval, active]);
}
