import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import worker from '../../public/sw.js?raw';
import {
  keyBytes,
  leavePush,
  pushState,
  readPush,
  renewPush,
  turnPushOff,
  turnPushOn,
} from '../../src/state/push';
import { answer, serve } from '../support/server';

const KEY = `B${'A'.repeat(86)}`;

/** The parts of a browser that push needs; `permission` is what its user answers. */
function browser(permission: NotificationPermission, asked: NotificationPermission = permission) {
  let subscribed: object | null = null;
  const subscription = {
    toJSON: () => ({ endpoint: 'https://push.example/1', keys: { p256dh: 'k', auth: 'a' } }),
    unsubscribe: vi.fn(async () => {
      subscribed = null;
      return true;
    }),
  };
  const pushManager = {
    getSubscription: async () => subscribed,
    subscribe: vi.fn(async () => {
      subscribed = subscription;
      return subscription;
    }),
  };
  const registration = { pushManager };
  const requestPermission = vi.fn(async () => asked);
  vi.stubGlobal('PushManager', class {});
  vi.stubGlobal('Notification', { permission, requestPermission });
  Object.defineProperty(navigator, 'serviceWorker', {
    configurable: true,
    value: {
      register: vi.fn(async () => registration),
      getRegistration: async () => registration,
      ready: Promise.resolve(registration),
    },
  });
  return { pushManager, requestPermission, subscription };
}

const api = () =>
  serve((request) =>
    request.path === '/1/devices/webpush_key'
      ? answer({ data: { public_key: KEY } })
      : answer({ data: { id: 'device-1' } }, request.method === 'POST' ? 201 : 200),
  );

beforeEach(() => {
  localStorage.clear();
  pushState.value = 'unknown';
});

afterEach(() => {
  vi.unstubAllGlobals();
  Reflect.deleteProperty(navigator, 'serviceWorker');
});

it('asks for nothing by itself', async () => {
  const { requestPermission, pushManager } = browser('default');
  const seen = api();
  await renewPush();
  expect(pushState.value).toBe('off');
  expect(requestPermission).not.toHaveBeenCalled();
  expect(pushManager.subscribe).not.toHaveBeenCalled();
  expect(seen).toEqual([]);
});

it('subscribes with the key of the server and registers the browser', async () => {
  const { pushManager } = browser('default', 'granted');
  const seen = api();
  await turnPushOn();
  expect(pushState.value).toBe('on');
  expect(pushManager.subscribe).toHaveBeenCalledWith({
    userVisibleOnly: true,
    applicationServerKey: keyBytes(KEY),
  });
  expect(keyBytes(KEY)).toHaveLength(65);
  const [, registered] = seen;
  expect(registered?.path).toBe('/1/devices');
  expect(JSON.parse(registered?.body ?? '')).toEqual({
    platform: 'webpush',
    subscription: { endpoint: 'https://push.example/1', keys: { p256dh: 'k', auth: 'a' } },
  });
  // The next page that opens registers it again.
  await renewPush();
  expect(seen.filter((one) => one.method === 'POST')).toHaveLength(2);
});

it('stays off where the permission is refused', async () => {
  const { pushManager } = browser('denied');
  const seen = api();
  await turnPushOn();
  expect(pushState.value).toBe('denied');
  expect(pushManager.subscribe).not.toHaveBeenCalled();
  expect(seen).toEqual([]);
});

it('unsubscribes and removes the device, also at logout', async () => {
  const { subscription } = browser('granted');
  const seen = api();
  await turnPushOn();
  await turnPushOff();
  expect(subscription.unsubscribe).toHaveBeenCalledOnce();
  expect(seen.at(-1)).toMatchObject({ method: 'DELETE', path: '/1/devices/device-1' });
  const before = seen.length;
  await leavePush();
  expect(seen).toHaveLength(before);
  await turnPushOn();
  await leavePush();
  expect(seen.at(-1)?.method).toBe('DELETE');
  expect(pushState.value).toBe('off');
});

it('knows a browser that cannot', async () => {
  await readPush();
  expect(pushState.value).toBe('unsupported');
});

/** Runs the service worker's text with a global scope of ours. */
function started(pages: object[] = []) {
  const handlers: Record<string, (event: unknown) => void> = {};
  const scope = {
    addEventListener: (kind: string, handler: (event: unknown) => void) => {
      handlers[kind] = handler;
    },
    skipWaiting: vi.fn(),
    location: { origin: 'https://rookery.test' },
    registration: { showNotification: vi.fn(async () => undefined) },
    clients: { matchAll: async () => pages, openWindow: vi.fn(async () => null), claim: vi.fn() },
  };
  new Function('self', worker)(scope);
  const run = async (kind: string, event: object): Promise<void> => {
    const work: Promise<unknown>[] = [];
    handlers[kind]?.({ ...event, waitUntil: (one: Promise<unknown>) => work.push(one) });
    await Promise.all(work);
  };
  return { scope, run };
}

it('shows what is pushed, and tells open pages', async () => {
  const page = { postMessage: vi.fn() };
  const { scope, run } = started([page]);
  const content = { title: 'Ada', text: 'liked it', url: '/status/5', notification_id: 'n' };
  await run('push', { data: { json: () => content } });
  expect(scope.registration.showNotification).toHaveBeenCalledWith('Ada', {
    body: 'liked it',
    icon: '/favicon.svg',
    tag: 'n',
    data: { url: '/status/5' },
  });
  expect(page.postMessage).toHaveBeenCalledWith({ type: 'pushed', content });
});

it('shows a push without content or of another form', async () => {
  const { scope, run } = started();
  await run('push', { data: null });
  const broken = {
    json: () => {
      throw new SyntaxError();
    },
    text: () => 'plain',
  };
  await run('push', { data: broken });
  const shown = scope.registration.showNotification.mock.calls as unknown as [string, object][];
  expect(shown.map(([title]) => title)).toEqual(['Rookery', 'Rookery']);
  expect(shown[1]?.[1]).toMatchObject({ body: 'plain' });
});

it('opens what a notification is about in a page that is there, or a new one', async () => {
  const own = {
    url: 'https://rookery.test/',
    navigate: vi.fn(async () => ({ focus: vi.fn() })),
  };
  const notification = { close: vi.fn(), data: { url: '/status/5' } };
  const there = started([own]);
  await there.run('notificationclick', { notification });
  expect(own.navigate).toHaveBeenCalledWith('https://rookery.test/status/5');
  const none = started();
  await none.run('notificationclick', { notification });
  expect(none.scope.clients.openWindow).toHaveBeenCalledWith('https://rookery.test/status/5');
  expect(notification.close).toHaveBeenCalledTimes(2);
});
