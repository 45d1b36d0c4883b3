import { h, render } from 'preact';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { saveTokens } from '../../src/api/tokens';
import { Shell } from '../../src/components/shell/Shell';
import { place } from '../../src/lib/router';
import { loadMe } from '../../src/state/session';
import { ME, user } from '../support/objects';
import { answer, serve } from '../support/server';

const root = document.createElement('div');
document.body.append(root);

beforeEach(async () => {
  saveTokens({ access: 'A', refresh: 'R' });
  serve(() => answer({ data: user(ME) }));
  await loadMe();
  serve(() => answer({ data: [], meta: {} }));
});

afterEach(() => render(null, root));

it('takes shortcuts as soon as it is there', () => {
  // Without `act`, which would run what waits until the page has been painted.
  render(h(Shell, { children: null }), root);
  dispatchEvent(new KeyboardEvent('keydown', { key: '/' }));
  expect(place.value.path).toBe('/search');
});
