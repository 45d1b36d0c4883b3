import { beforeEach, expect, it } from 'vitest';
import { holds, toggleHeld } from '../../src/state/relations';
import { clearStore, putUsers, userRef } from '../../src/state/store';
import { toasts } from '../../src/state/toasts';
import { ME, user } from '../support/objects';
import { answer, serve } from '../support/server';

const THEM = '2';
const status = () => userRef(THEM).value?.connection_status;
const counts = (id: string) => userRef(id).value?.public_metrics;

beforeEach(() => {
  clearStore();
  toasts.value = [];
  putUsers([user(ME), user(THEM, { connection_status: ['following', 'followed_by', 'muting'] })]);
});

it('a block ends the follows of both and keeps the mute', async () => {
  const seen = serve(() => answer({ data: { blocking: true } }));
  await toggleHeld(ME, THEM, 'blocking');
  expect(status()).toEqual(['muting', 'blocking']);
  expect(counts(ME)).toMatchObject({ following_count: 9, followers_count: 9 });
  expect(counts(THEM)).toMatchObject({ following_count: 9, followers_count: 9 });
  expect(seen[0]).toMatchObject({ method: 'POST', path: `/2/users/${ME}/blocking` });
  expect(toasts.value.at(-1)?.text).toBe('@user2 is blocked.');
});

it('a refused block changes nothing', async () => {
  serve(() => answer({ detail: 'No.' }, 403));
  await toggleHeld(ME, THEM, 'blocking');
  expect(status()).toEqual(['following', 'followed_by', 'muting']);
  expect(counts(ME)?.following_count).toBe(10);
});

it('a mute is taken off and leaves the follows', async () => {
  const seen = serve(() => answer({ data: { muting: false } }));
  await toggleHeld(ME, THEM, 'muting');
  expect(status()).toEqual(['following', 'followed_by']);
  expect(holds(userRef(THEM).value, 'muting')).toBe(false);
  expect(seen[0]).toMatchObject({ method: 'DELETE', path: `/2/users/${ME}/muting/${THEM}` });
  expect(toasts.value.at(-1)?.text).toBe('@user2 is unmuted.');
});
