import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { saveTokens } from '../../src/api/tokens';
import { navigate } from '../../src/lib/router';
import { OperationsPage } from '../../src/pages/operations/Operations';
import { answer, type Seen, serve } from '../support/server';

const root = document.createElement('div');
document.body.append(root);
const settled = () => act(() => new Promise((done) => setTimeout(done)));
const all = (id: string) => [...root.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)];
const one = (id: string): HTMLElement => {
  const [found] = all(id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
};
const sent = (seen: Seen[], path: string) => seen.find((each) => each.path === path);

/** Tokens of a user with these roles, as the API signs them. */
function logIn(...roles: string[]): void {
  const access = `x.${btoa(JSON.stringify({ roles }))}.x`;
  saveTokens({ access, refresh: 'r' });
}

async function open(
  section?: 'channels' | 'timeline' | 'templates' | 'queues' | 'suppressions',
): Promise<void> {
  await act(() => render(h(OperationsPage, { section }), root));
  await settled();
}

async function click(element: HTMLElement): Promise<void> {
  await act(() => element.click());
  await settled();
}

beforeEach(() => logIn('admin'));
afterEach(() => act(() => render(null, root)));

it('is there for administrators only', async () => {
  logIn('user', 'moderator');
  const seen = serve(() => answer({ data: [] }));
  await open();
  expect(seen).toEqual([]);
  expect(all('operations-channels')).toEqual([]);
});

it('shows numbers, provider and breaker of each channel', async () => {
  const counts = { accepted: 12_345, sent: 12_000, delivered: 9, failed: 3, retried: 7 };
  const none = { accepted: 0, sent: 0, delivered: 0, failed: 0, retried: 0 };
  serve((request) =>
    answer({
      data: request.path.endsWith('/statistics')
        ? [
            { channel: 'email', ...counts, latency_ms: 12_400, hours: [] },
            { channel: 'inbox', ...none, hours: [] },
          ]
        : [
            { channel: 'email', adapter: 'ses', breaker: 'open', last_error: 'Throttled' },
            { channel: 'inbox', adapter: null, breaker: 'closed', last_error: null },
          ],
    }),
  );
  await open();
  const email = one('channel-email');
  expect(email.textContent).toContain('ses · Paused after failures · 12 s on average');
  expect(email.textContent).toContain('Last error: Throttled');
  expect(email.querySelector('.figure-bad')?.textContent).toBe('failed3');
  expect(one('channel-inbox').textContent).toContain('No provider · Working');
  expect(one('channel-inbox').querySelector('.figure-bad')).toBeNull();
  expect(root.querySelector('[aria-current="page"]')?.textContent).toBe('Channels');
});

it('finds a notification by the id in the address, and says when there is none', async () => {
  const at = '2026-11-30T10:00:00.000Z';
  const seen = serve((request) =>
    request.path.endsWith('/abc')
      ? answer({
          data: {
            id: 'abc',
            title: 'Tea',
            status: 'partial',
            created_at: at,
            deliveries: [
              {
                user_id: '7',
                channel: 'sms',
                target: 'd1',
                state: 'failed',
                reason: 'opted_out',
                at,
              },
            ],
            timeline: [
              { state: 'accepted', at },
              { state: 'failed', at, channel: 'sms', reason: 'opted_out' },
            ],
          },
        })
      : answer({ detail: 'There is no such notification.', status: 404 }, 404),
  );
  navigate('/operations/timeline');
  await open('timeline');
  expect(seen).toEqual([]);
  await act(() => navigate('/operations/timeline?id=abc'));
  await settled();
  const found = one('timeline');
  expect(found.querySelector('.access-row')?.textContent).toBe('sms: failedopted_out · d1');
  const steps = [...found.querySelectorAll('.steps strong')].map((step) => step.textContent);
  expect(steps).toEqual(['accepted', 'failed']);
  await act(() => navigate('/operations/timeline?id=a%2Fb'));
  await settled();
  expect(seen.at(-1)?.path).toBe('/1/notifications/a%2Fb');
  expect(all('timeline')).toEqual([]);
  expect(one('form-error').textContent).toContain('There is no such notification.');
});

it('previews a template with data, its HTML part in a frame that runs nothing', async () => {
  const seen = serve((request) =>
    request.path.endsWith('/preview')
      ? answer({ data: { locale: 'en', title: 'Hello Bo', text: 'x', html: '<p>Bo</p>' } })
      : answer({
          data: [
            { name: 'welcome', version: 2, draft_at: '2026-11-30T10:00:00.000Z' },
            { name: 'news' },
          ],
        }),
  );
  await open('templates');
  const [welcome, news] = all('template');
  expect(welcome?.textContent).toContain('version 2, with a draft');
  expect(news?.textContent).toContain('not published');
  const data = one('template-data') as HTMLTextAreaElement;
  const type = (text: string) =>
    act(() => {
      data.value = text;
      data.dispatchEvent(new Event('input', { bubbles: true }));
    });
  const preview = welcome?.querySelector<HTMLElement>('button[type="submit"]') as HTMLElement;
  await type('{oops');
  await click(preview);
  expect(sent(seen, '/1/templates/welcome/preview')).toBeUndefined();
  expect(welcome?.textContent).toContain('must be a JSON object');
  await type('{"name": "Bo"}');
  await click(preview);
  expect(JSON.parse(sent(seen, '/1/templates/welcome/preview')?.body ?? '')).toEqual({
    data: { name: 'Bo' },
  });
  const frame = one('template-preview').querySelector('iframe');
  expect(frame?.getAttribute('sandbox')).toBe('');
  expect(frame?.getAttribute('srcdoc')).toBe('<p>Bo</p>');
});

it('sends dead letters back only after a confirmation, the fullest queue first', async () => {
  let waiting = 3;
  const seen = serve((request) => {
    if (request.method === 'POST') {
      waiting = 0;
      return answer({ data: { queue: 'full-dlq', moved: 3, waiting: 0 } });
    }
    if (request.query.get('queue')) {
      return answer({ data: [{ id: '1', queue: 'full-dlq', body: '{"a":1}', received: 5 }] });
    }
    return answer({
      data: [
        { queue: 'empty-dlq', waiting: 0 },
        { queue: 'full-dlq', waiting },
      ],
    });
  });
  await open('queues');
  expect(all('dead-queue').map((row) => row.querySelector('strong')?.textContent)).toEqual([
    'full-dlq',
    'empty-dlq',
  ]);
  expect(all('redrive')).toHaveLength(1);
  await click(
    root.querySelector<HTMLElement>('[aria-label="Show messages of full-dlq"]') as HTMLElement,
  );
  expect(one('dead-letter').textContent).toBe('{"a":1}');
  await click(one('redrive'));
  expect(seen.some((each) => each.method === 'POST')).toBe(false);
  await click(one('confirm-action'));
  const posted = seen.find((each) => each.method === 'POST');
  expect(posted?.path).toBe('/1/admin/dead_letters/redrive');
  expect(JSON.parse(posted?.body ?? '')).toEqual({ queue: 'full-dlq' });
  expect(all('redrive')).toEqual([]);
});

it('lists suppressed addresses and lifts one by its digest or by itself', async () => {
  const at = '2026-11-30T10:00:00.000Z';
  const made = (target: string) => ({ channel: 'email', target, reason: 'bounced', at });
  const seen = serve((request) => {
    if (request.method !== 'POST') {
      return answer({ data: [made('d1'), made('d2')], meta: { result_count: 2 } });
    }
    return answer({ data: made(JSON.parse(request.body).target ?? 'd2') });
  });
  await open('suppressions');
  expect(one('suppression').textContent).toContain('Bounced');
  await click(one('suppression').querySelector('button') as HTMLElement);
  expect(all('suppression').map((row) => row.textContent?.includes('d2'))).toEqual([true]);
  await act(() => {
    (one('lift-address') as HTMLInputElement).value = ' ada@example.org ';
    one('lift-address').dispatchEvent(new Event('input', { bubbles: true }));
  });
  await act(() => (one('lift') as HTMLFormElement).requestSubmit());
  await settled();
  const bodies = seen.filter((each) => each.method === 'POST').map((each) => JSON.parse(each.body));
  expect(bodies).toEqual([
    { channel: 'email', target: 'd1' },
    { channel: 'email', address: 'ada@example.org' },
  ]);
  expect(all('suppression')).toEqual([]);
});
