import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { navigate, place } from '../../src/lib/router';
import { OutboxPage } from '../../src/pages/outbox/Outbox';
import { answer, serve } from '../support/server';

const root = document.createElement('div');
document.body.append(root);
const settled = () => act(() => new Promise((done) => setTimeout(done)));
const all = (id: string) => [...root.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)];

const MESSAGES = [
  {
    channel: 'email',
    to: 'ada@example.org',
    subject: 'Confirm',
    text: 'Open http://rookery.test/verify?token=T',
    data: { page: 'p@1', token: 'T' },
  },
  {
    channel: 'email',
    to: 'ada@example.org',
    subject: 'News',
    text: 'Unsubscribe: http://rookery.test/u?token=U',
    data: { token: 'U' },
  },
  { channel: 'ios', to: 'd1', subject: 'Tea', text: 'It is ready.' },
  {
    channel: 'sms',
    to: '+15005550001',
    text: 'x',
    data: { segments: 2, encoding: 'UCS-2', price: 0.0129 },
  },
  { channel: 'webhook', to: 'https://example.org/hook', subject: 'Tea', text: '{}' },
];

async function open(path = '/dev/outbox') {
  navigate(path);
  const seen = serve(() => answer({ data: MESSAGES }));
  await act(() => render(h(OutboxPage, null), root));
  await settled();
  return seen;
}

async function show(kind: string): Promise<void> {
  await act(() => root.querySelector<HTMLElement>(`[data-testid="outbox-${kind}"]`)?.click());
}

beforeEach(() => history.replaceState(null, '', '/'));
afterEach(() => act(() => render(null, root)));

it('shows mails as pages of their own, pushes on a phone, texts with their price', async () => {
  await open();
  expect(all('mail')).toHaveLength(2);
  expect(root.querySelector('iframe')?.getAttribute('src')).toBe('/1/dev/outbox/mails/p%401');
  expect(all('push').map((one) => one.querySelector('strong')?.textContent)).toEqual(['Tea']);
  expect(all('sms-cost').map((one) => one.textContent)).toEqual(['2 segments · UCS-2 · $0.0129']);
  expect(all('webhook')).toHaveLength(1);
});

it.each([
  ['email', 'mail', ['push', 'sms', 'webhook']],
  ['push', 'push', ['mail', 'sms', 'webhook']],
  ['sms', 'sms', ['mail', 'push', 'webhook']],
  ['webhook', 'webhook', ['mail', 'push', 'sms']],
] as const)('shows only what is of one kind: %s', async (kind, shown, hidden) => {
  await open();
  await show(kind);
  expect(all(shown).length).toBeGreaterThan(0);
  for (const other of hidden) expect(all(other), other).toEqual([]);
  await show('all');
  for (const other of hidden) expect(all(other).length, other).toBeGreaterThan(0);
});

it('offers to confirm an address only where the mail is about that', async () => {
  await open();
  const links = all('mail-verify').map((one) => one.getAttribute('href'));
  expect(links).toEqual(['/verify?token=T']);
});

it('turns to the plain text of a mail and back', async () => {
  await open();
  const [mail] = all('mail');
  const turn = () =>
    act(() => mail?.querySelector<HTMLElement>('[data-testid="mail-plain"]')?.click());
  expect(mail?.querySelector('pre')).toBeNull();
  await turn();
  expect(mail?.querySelector('pre')?.textContent).toContain('/verify?token=T');
  expect(mail?.querySelector('iframe')).toBeNull();
  await turn();
  expect(mail?.querySelector('iframe')).not.toBeNull();
});

it('asks for the messages to one address, which stays in the page address', async () => {
  const seen = await open('/dev/outbox?to=%2B15005550001');
  expect(seen.map((one) => one.query.get('to'))).toEqual(['+15005550001']);
  const field = all('outbox-to')[0] as HTMLInputElement;
  await act(() => {
    field.value = ' ada@example.org ';
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await act(() => root.querySelector<HTMLElement>('button[type="submit"]')?.click());
  await settled();
  expect(place.value.query.get('to')).toBe('ada@example.org');
  expect(seen.at(-1)?.query.get('to')).toBe('ada@example.org');
});

it('says that nothing arrived yet, and what went wrong', async () => {
  navigate('/dev/outbox');
  let failing = false;
  serve(() =>
    failing ? answer({ detail: 'It is gone.', status: 404 }, 404) : answer({ data: [] }),
  );
  await act(() => render(h(OutboxPage, null), root));
  await settled();
  expect(root.textContent).toContain('No mail yet');
  failing = true;
  await act(() => root.querySelector<HTMLElement>('button[type="submit"]')?.click());
  await settled();
  expect(root.textContent).toContain('It is gone.');
});
