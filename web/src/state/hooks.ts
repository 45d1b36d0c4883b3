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

const MAX_WAIT = 60_000;
/** Without any input for so long the page counts as left alone: each step polls more rarely. */
const IDLE_STEPS = [
  { after: 10 * 60_000, factor: 8 },
  { after: 3 * 60_000, factor: 4 },
  { after: 60_000, factor: 2 },
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

function idleFactor(): number {
  const idle = Date.now() - lastInput;
  return IDLE_STEPS.find((step) => idle >= step.after)?.factor ?? 1;
}

/**
 * Calls `task` every `interval` ms while the page is visible and `active` holds.
 * A page that is left alone asks more rarely, and at once when somebody returns.
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
      if (!stopped && document.visibilityState === 'visible') {
        timer = window.setTimeout(run, Math.min(wait * idleFactor(), MAX_WAIT));
      }
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
    inputListeners.add(onVisibility);
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      stopped = true;
      window.clearTimeout(timer);
      inputListeners.delete(onVisibility);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [interval, active]);
}
