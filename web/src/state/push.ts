import { signal } from '@preact/signals';
import { fetchPushKey, registerBrowser, removeDevice } from '../api/notify/devices';

/** Whether this browser shows notifications while no page of Rookery is open. */
export type PushState = 'unknown' | 'unsupported' | 'denied' | 'off' | 'on';

const WORKER = '/sw.js';
const DEVICE = 'rookery-push-device';

export const pushState = signal<PushState>('unknown');

const supported = (): boolean =>
  'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;

/** The key as `PushManager.subscribe` takes it, from base64url. */
export function keyBytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

async function subscription(): Promise<PushSubscription | null> {
  const worker = await navigator.serviceWorker.getRegistration(WORKER);
  return (await worker?.pushManager.getSubscription()) ?? null;
}

async function register(found: PushSubscription): Promise<void> {
  const device = await registerBrowser(found.toJSON());
  localStorage.setItem(DEVICE, device.id);
}

/** Finds out how things are. Asks the browser's user for nothing. */
export async function readPush(): Promise<void> {
  if (!supported()) pushState.value = 'unsupported';
  else if (Notification.permission === 'denied') pushState.value = 'denied';
  else pushState.value = (await subscription()) ? 'on' : 'off';
}

/** Tells the server again that this browser is this account's, as subscriptions change. */
export async function renewPush(): Promise<void> {
  await readPush();
  const found = pushState.value === 'on' ? await subscription() : null;
  // Without a device the account before turned it off, or logged out.
  if (found && localStorage.getItem(DEVICE)) await register(found);
}

/** Only ever called by a click: browsers punish pages that ask for permission by themselves. */
export async function turnPushOn(): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted') {
    await readPush();
    return;
  }
  await navigator.serviceWorker.register(WORKER);
  const worker = await navigator.serviceWorker.ready;
  const key = keyBytes(await fetchPushKey());
  const options = { userVisibleOnly: true, applicationServerKey: key };
  let found: PushSubscription;
  try {
    found = await worker.pushManager.subscribe(options);
  } catch (cause) {
    // A subscription under a former key of the server stands in the way.
    const old = await worker.pushManager.getSubscription();
    if (!old) throw cause;
    await old.unsubscribe();
    found = await worker.pushManager.subscribe(options);
  }
  await register(found);
  pushState.value = 'on';
}

export async function turnPushOff(): Promise<void> {
  const id = localStorage.getItem(DEVICE);
  const found = await subscription();
  await found?.unsubscribe();
  pushState.value = 'off';
  localStorage.removeItem(DEVICE);
  // A browser without a subscription gets nothing, whether or not the server knows.
  if (id) await removeDevice(id);
}

/** Takes this browser from the account that logs out. */
export async function leavePush(): Promise<void> {
  if (supported() && localStorage.getItem(DEVICE)) await turnPushOff();
}

/** Calls `task` when something was pushed to this browser. */
export function onPush(task: () => void): () => void {
  if (!supported()) return () => undefined;
  const listener = (event: MessageEvent<{ type?: string }>): void => {
    if (event.data?.type === 'pushed') task();
  };
  navigator.serviceWorker.addEventListener('message', listener);
  return () => navigator.serviceWorker.removeEventListener('message', listener);
}
