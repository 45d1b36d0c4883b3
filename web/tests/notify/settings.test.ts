import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, it } from 'vitest';
import type { Preferences, PreferencesChange } from '../../src/api/notify/preferences';
import { NotificationsSection } from '../../src/components/notify/NotificationsSection';
import { answer, type Seen, serve } from '../support/server';

const root = document.createElement('div');
document.body.append(root);
const find = <Kind extends HTMLElement>(id: string): Kind => {
  const found = root.querySelector<Kind>(`[data-testid="${id}"]`);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
};
const settled = () => act(() => new Promise((done) => setTimeout(done)));

const STORED: Preferences = {
  quiet_hours: null,
  categories: {
    likes: { inbox: true, email: false, webpush: false },
    newsletter: { email: true },
    mentions: { inbox: true, email: true, webpush: true },
  },
  digest: { frequency: 'none', hour: 8, time_zone: 'UTC' },
  throttle: { per_hour: null, per_week: 40 },
};

/** A server that keeps preferences as the real one does: what a change leaves out stays. */
function server(refuse = false): { seen: Seen[]; changes: () => PreferencesChange[] } {
  let stored = structuredClone(STORED);
  let phone: { phone: string; verified: boolean } | null = null;
  const seen = serve((request) => {
    if (request.path.includes('/contacts/phone')) {
      const body = request.body ? JSON.parse(request.body) : {};
      if (request.method === 'PUT') phone = { phone: body.phone, verified: false };
      if (request.method === 'POST' && body.code !== '123456') {
        return answer({ detail: 'The code is wrong.', status: 400 }, 400);
      }
      if (request.method === 'POST') phone = { phone: body.phone, verified: true };
      if (request.method === 'DELETE') return answer({ data: { deleted: true } });
      return phone ? answer({ data: phone }) : answer({ detail: 'None.', status: 404 }, 404);
    }
    if (request.path === '/1/devices') {
      const device = { id: 'd', platform: 'webpush', registered_at: '2026-11-30T10:00:00.000Z' };
      return answer({ data: [device] });
    }
    if (request.path === '/1/devices/d') return answer({ data: { deleted: true } });
    if (request.method === 'PUT') {
      if (refuse) return answer({ detail: 'Too many requests', status: 429 }, 429);
      const { categories = {}, ...rest } = JSON.parse(request.body) as PreferencesChange;
      stored = { ...stored, ...rest } as Preferences;
      for (const [name, channels] of Object.entries(categories)) {
        stored.categories[name] = { ...stored.categories[name], ...channels };
      }
    }
    return answer({ data: stored });
  });
  const changes = () =>
    seen.filter((one) => one.method === 'PUT').map((one) => JSON.parse(one.body));
  return { seen, changes };
}

async function open(): Promise<void> {
  await act(() => render(h(NotificationsSection, null), root));
  await settled();
}

afterEach(() => act(() => render(null, root)));

it('changes one switch of the matrix and leaves the others alone', async () => {
  const { changes } = server();
  await open();
  expect(find<HTMLInputElement>('likes-email').checked).toBe(false);
  await act(() => find('likes-email').click());
  await settled();
  expect(changes()).toEqual([{ categories: { likes: { email: true } } }]);
  expect(find<HTMLInputElement>('likes-email').checked).toBe(true);
  expect(find<HTMLInputElement>('likes-webpush').checked).toBe(false);
});

it('puts a switch back that the server refuses, and says why', async () => {
  server(true);
  await open();
  await act(() => find('likes-email').click());
  await settled();
  expect(find<HTMLInputElement>('likes-email').checked).toBe(false);
  expect(find('form-error').textContent).not.toBe('');
});

it('names every switch by its category and channel, known ones first', async () => {
  server();
  await open();
  const rows = [...root.querySelectorAll('fieldset')];
  expect(rows.map((row) => row.querySelector('legend')?.textContent)).toEqual([
    'Mentions, replies and quotes',
    'Likes',
    'newsletter',
  ]);
  for (const box of root.querySelectorAll<HTMLInputElement>('fieldset input')) {
    expect(box.labels?.[0]?.textContent).not.toBe('');
  }
});

it('saves quiet hours with their zone, and takes them back', async () => {
  const { changes } = server();
  await open();
  await act(() => find('quiet-on').click());
  await act(() => {
    find<HTMLInputElement>('quiet-from').value = '23:30';
    find('quiet-from').dispatchEvent(new Event('input', { bubbles: true }));
  });
  await act(() => {
    find<HTMLSelectElement>('time-zone').value = 'Europe/Berlin';
    find('time-zone').dispatchEvent(new Event('change', { bubbles: true }));
  });
  await act(() => find<HTMLFormElement>('quiet-hours').requestSubmit());
  await settled();
  const hours = { from: '23:30', to: '07:00', time_zone: 'Europe/Berlin' };
  expect(changes()).toEqual([{ quiet_hours: hours }]);
  await act(() => find('quiet-on').click());
  await act(() => find<HTMLFormElement>('quiet-hours').requestSubmit());
  await settled();
  expect(changes()[1]).toEqual({ quiet_hours: null });
});

it('asks for an hour only where digests are daily', async () => {
  const { changes } = server();
  await open();
  expect(root.querySelector('[data-testid="digest-hour"]')).toBeNull();
  await act(() => {
    find<HTMLSelectElement>('digest-frequency').value = 'daily';
    find('digest-frequency').dispatchEvent(new Event('change', { bubbles: true }));
  });
  await act(() => {
    find<HTMLSelectElement>('digest-hour').value = '7';
    find('digest-hour').dispatchEvent(new Event('change', { bubbles: true }));
  });
  await act(() => find<HTMLFormElement>('digest').requestSubmit());
  await settled();
  expect(changes()[0]?.digest).toMatchObject({ frequency: 'daily', hour: 7 });
});

it('removes a device', async () => {
  const { seen } = server();
  await open();
  await act(() => find('device').querySelector('button')?.click());
  await settled();
  expect(seen.at(-1)).toMatchObject({ method: 'DELETE', path: '/1/devices/d' });
  expect(find('no-devices')).toBeTruthy();
});

async function fill(form: string, value: string): Promise<void> {
  await act(() => {
    const input = find(form).querySelector('input') as HTMLInputElement;
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await act(() => find<HTMLFormElement>(form).requestSubmit());
  await settled();
}

it('proves a phone number by its code, and removes it', async () => {
  const { seen } = server();
  await open();
  await fill('phone-number', ' +14155552671 ');
  expect(find('phone-code').textContent).toContain('+14155552671');
  await fill('phone-code', '000000');
  expect(find('phone-code').textContent).toContain('The code is wrong.');
  await fill('phone-code', '123456');
  expect(find('phone-verified').textContent).toContain('+14155552671');
  await act(() => find('phone-remove').click());
  await act(() => find('confirm-action').click());
  await settled();
  expect(seen.at(-1)?.method).toBe('DELETE');
  expect(find('phone-number')).toBeTruthy();
});

it('saves limits, and leaves an empty one to the platform', async () => {
  const { changes } = server();
  await open();
  expect(find<HTMLInputElement>('per-week').value).toBe('40');
  await act(() => {
    find<HTMLInputElement>('per-week').value = '';
    find('per-week').dispatchEvent(new Event('input', { bubbles: true }));
  });
  await fill('limits', '3');
  expect(changes()).toEqual([{ throttle: { per_hour: 3, per_week: null } }]);
});
