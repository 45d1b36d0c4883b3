import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NotificationsPage } from '../../src/pages/Notifications';
import { useUnreadIcon } from '../../src/state/hooks';
import { clearLists } from '../../src/state/lists';
import { unread } from '../../src/state/unread';
import { answer, serve } from '../support/server';

const root = document.createElement('div');
document.body.append(root);
const settled = () => act(() => new Promise((done) => setTimeout(done)));
const actor = (id: string) => ({ id, username: `u${id}`, name: `User ${id}` });
const GROUP = {
  id: 'a'.repeat(32),
  type: 'like',
  actor: actor('2'),
  tweet_id: '7',
  read: false,
  created_at: '2026-11-30T10:00:00.000Z',
  group: { count: 13, actors: [actor('2'), actor('3')], ids: ['a'.repeat(32), 'b'.repeat(32)] },
};

const api = () =>
  serve((request) => {
    if (request.path === '/1/notifications/inbox') {
      return answer({ data: [GROUP], meta: { result_count: 1, unread_count: 13 } });
    }
    if (request.path === '/1/notifications/inbox/archive') {
      return answer({ data: { unread_count: 4 } });
    }
    return answer({ data: { unread_count: 0 } });
  });

beforeEach(() => {
  clearLists();
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      observe() {}
      disconnect() {}
    },
  );
});

afterEach(() => {
  act(() => render(null, root));
  unread.value = 0;
});

it('joins likes of one tweet, and says how many others there are', async () => {
  const seen = api();
  await act(() => render(h(NotificationsPage, { view: undefined }), root));
  await settled();
  expect(seen[0]?.query.get('grouped')).toBe('true');
  expect(root.querySelector('.notification-words')?.textContent).toBe(
    'User 2 and 12 others liked your tweet',
  );
  expect(root.querySelectorAll('.notification-people .avatar')).toHaveLength(2);
  expect(seen.some((one) => one.path === '/1/notifications/inbox/read')).toBe(true);
});

it.each([
  ['mentions', 'filter', 'mentions'],
  ['archive', 'archived', 'true'],
] as const)('shows %s without marking all as read', async (view, name, value) => {
  const seen = api();
  await act(() => render(h(NotificationsPage, { view }), root));
  await settled();
  expect(seen[0]?.query.get(name)).toBe(value);
  expect(seen.some((one) => one.path === '/1/notifications/inbox/read')).toBe(false);
  expect(root.querySelector('[aria-current="page"]')?.getAttribute('href')).toBe(
    `/notifications/${view}`,
  );
});

it.each([
  ['all', true],
  ['archive', false],
] as const)('archives all entries of a group, or brings them back: %s', async (view, archived) => {
  const seen = api();
  await act(() => render(h(NotificationsPage, { view }), root));
  await settled();
  await act(() => root.querySelector<HTMLElement>('[data-testid="notification-act"]')?.click());
  await settled();
  const sent = seen.find((one) => one.path === '/1/notifications/inbox/archive');
  expect(JSON.parse(sent?.body ?? '')).toEqual({ ids: GROUP.group.ids, archived });
  expect(root.querySelector('[data-testid="notification"]')).toBeNull();
  expect(unread.value).toBe(4);
});

it('puts a dot on the icon of the tab while something is unread', async () => {
  const icon = document.createElement('link');
  icon.rel = 'icon';
  document.head.append(icon);
  const Probe = () => {
    useUnreadIcon();
    return null;
  };
  await act(() => render(h(Probe, null), root));
  expect(icon.getAttribute('href')).toBe('/favicon.svg');
  await act(() => {
    unread.value = 2;
  });
  await settled();
  expect(icon.getAttribute('href')).toBe('/favicon-unread.svg');
  await act(() => {
    unread.value = 0;
  });
  await settled();
  expect(icon.getAttribute('href')).toBe('/favicon.svg');
  icon.remove();
});
