import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { usePolling } from '../../src/state/hooks';

const root = document.createElement('div');
let task = vi.fn(() => Promise.resolve());

function Probe({ active = true }: { active?: boolean }) {
  usePolling(task, 1000, active);
  return null;
}

const show = (active?: boolean) => act(() => render(h(Probe, { active }), root));
const visible = (state: DocumentVisibilityState) =>
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  visible('visible');
  task = vi.fn(() => Promise.resolve());
  dispatchEvent(new Event('keydown'));
});

afterEach(() => {
  act(() => render(null, root));
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it('asks in its interval, until it is gone', async () => {
  await show();
  await wait(3000);
  expect(task).toHaveBeenCalledTimes(3);
  act(() => render(null, root));
  await wait(5000);
  expect(task).toHaveBeenCalledTimes(3);
});

it('asks nothing while inactive', async () => {
  await show(false);
  await wait(5000);
  expect(task).not.toHaveBeenCalled();
});

it('doubles the wait with each failure and returns to the interval', async () => {
  task.mockRejectedValueOnce(new Error('busy')).mockRejectedValueOnce(new Error('busy'));
  await show();
  await wait(1000);
  expect(task).toHaveBeenCalledTimes(1);
  await wait(1999);
  expect(task).toHaveBeenCalledTimes(1);
  await wait(1);
  expect(task).toHaveBeenCalledTimes(2);
  await wait(3999);
  expect(task).toHaveBeenCalledTimes(2);
  await wait(1);
  expect(task).toHaveBeenCalledTimes(3);
  await wait(1000);
  expect(task).toHaveBeenCalledTimes(4);
});

it('rests while the page is hidden and asks at once when it is shown', async () => {
  await show();
  visible('hidden');
  document.dispatchEvent(new Event('visibilitychange'));
  await wait(10_000);
  expect(task).not.toHaveBeenCalled();
  visible('visible');
  document.dispatchEvent(new Event('visibilitychange'));
  expect(task).toHaveBeenCalledTimes(1);
});

it('asks more rarely when nobody is there, and at once when somebody returns', async () => {
  await show();
  await wait(61_000);
  const busy = task.mock.calls.length;
  expect(busy).toBeGreaterThanOrEqual(59);
  await wait(24_000);
  expect(task.mock.calls.length - busy).toBe(3);
  const before = task.mock.calls.length;
  dispatchEvent(new Event('pointermove'));
  expect(task).toHaveBeenCalledTimes(before + 1);
});

it('asks nothing once nobody has touched the page for five minutes', async () => {
  await show();
  await wait(5 * 60_000);
  const before = task.mock.calls.length;
  await wait(60 * 60_000);
  expect(task).toHaveBeenCalledTimes(before);
  dispatchEvent(new Event('pointermove'));
  expect(task).toHaveBeenCalledTimes(before + 1);
  await wait(2000);
  expect(task).toHaveBeenCalledTimes(before + 3);
});

it('starts asking again where the tab comes back after hours', async () => {
  await show();
  visible('hidden');
  document.dispatchEvent(new Event('visibilitychange'));
  await wait(5 * 3600_000);
  visible('visible');
  document.dispatchEvent(new Event('visibilitychange'));
  await wait(2000);
  expect(task).toHaveBeenCalledTimes(3);
});

it('is not hurried by somebody who goes to and fro', async () => {
  await show();
  await wait(1000);
  for (let turn = 0; turn < 20; turn += 1) {
    visible(turn % 2 ? 'visible' : 'hidden');
    document.dispatchEvent(new Event('visibilitychange'));
  }
  expect(task).toHaveBeenCalledTimes(1);
  await wait(1000);
  expect(task).toHaveBeenCalledTimes(2);
});

it('does not hurry a server that fails when somebody returns', async () => {
  task.mockRejectedValue(new Error('down'));
  await show();
  await wait(7000);
  expect(task).toHaveBeenCalledTimes(3);
  visible('hidden');
  document.dispatchEvent(new Event('visibilitychange'));
  visible('visible');
  document.dispatchEvent(new Event('visibilitychange'));
  expect(task).toHaveBeenCalledTimes(3);
  await wait(8000);
  expect(task).toHaveBeenCalledTimes(4);
});
