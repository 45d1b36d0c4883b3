import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { saveTokens } from '../../src/api/tokens';
import { AccountMenu } from '../../src/components/shell/AccountMenu';
import { place } from '../../src/lib/router';
import { loadMe } from '../../src/state/session';
import { ME, user } from '../support/objects';
import { answer, type Seen, serve } from '../support/server';

const root = document.createElement('div');
document.body.append(root);
const settled = () => act(() => new Promise((done) => setTimeout(done)));
const press = (selector: string) => act(() => root.querySelector<HTMLElement>(selector)?.click());
const dialog = () => root.querySelector('[data-testid="confirm-dialog"]');
let seen: Seen[] = [];

beforeEach(async () => {
  saveTokens({ access: 'A', refresh: 'R' });
  serve(() => answer({ data: user(ME) }));
  await loadMe();
  seen = serve(() => answer({ data: {} }));
  act(() => render(h(AccountMenu, {}), root));
  await press('[data-testid="logout"]');
});

afterEach(() => act(() => render(null, root)));

it('asks before it logs out', async () => {
  expect(dialog()?.textContent).toContain('Log out?');
  await press('.dialog-actions .button:not(.button-danger)');
  await settled();
  expect(dialog()).toBeNull();
  expect(seen).toEqual([]);
});

it('logs out once that is confirmed', async () => {
  await press('[data-testid="confirm-action"]');
  await settled();
  expect(dialog()).toBeNull();
  expect(seen.map((one) => `${one.method} ${one.path}`)).toContain('DELETE /1/sessions/current');
  expect(place.value.path).toBe('/login');
});
