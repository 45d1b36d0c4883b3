import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { unread } from '../state/unread';

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

const MAX_WAIT = 60_000;

/**
 * Calls `task` every `interval` ms while the page is visible and `active` holds.
 * Failures double the wait, so that a struggling server is left in peace.
 */
export function usePolling(task: () => Promise<unknown>, interval: number, active = true): void {
  const latest = useRef(task);
  latest.current = task;
  useEffect(() => {
    if (!active) return undefined;
    let timer: number | undefined;
    let wait = interval;
    let stopped = false;
    const schedule = (): void => {
      window.clearTimeout(timer);
      if (!stopped && document.visibilityState === 'visible') timer = window.setTimeout(run, wait);
    };
    const run = async (): Promise<void> => {
      try {
        await latest.current();
        wait = interval;
      } catch {
        wait = Math.min(wait * 2, MAX_WAIT);
      }
      schedule();
    };
    const onVisibility = (): void => {
      window.clearTimeout(timer);
      if (document.visibilityState === 'visible') void run();
    };
    schedule();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      stopped = true;
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [interval, active]);
}
