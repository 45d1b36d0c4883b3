import { beforeAll, describe, expect, it, vi } from 'vitest';
import { rereadTokens, saveTokens, tokens } from '../../src/api/tokens';
import { isAdmin, isModerator } from '../../src/state/roles';
import { loadMe, me, watchSession } from '../../src/state/session';
import { putTweets, tweetRef } from '../../src/state/store';
import { showToast, toasts } from '../../src/state/toasts';
import { unread } from '../../src/state/unread';
import { ME, tweet, user } from '../support/objects';
import { answer, serve } from '../support/server';

beforeAll(watchSession);

const token = (claims: object): string =>
  `h.${btoa(JSON.stringify(claims)).replace(/\+/g, '-').replace(/\//g, '_')}.s`;
const signIn = (claims: object): void => saveTokens({ access: token(claims), refresh: 'R' });

it('leaves nothing of one account for the next', async () => {
  signIn({});
  serve(() => answer({ data: user(ME) }));
  await loadMe();
  putTweets([tweet('9')]);
  unread.value = 3;
  expect(me.value?.id).toBe(ME);
  saveTokens(null);
  expect(me.value).toBeUndefined();
  expect(tweetRef('9').value).toBeUndefined();
  expect(unread.value).toBe(0);
  expect(localStorage.getItem('rookery.session')).toBeNull();
});

it('follows another tab', () => {
  signIn({});
  localStorage.setItem('rookery.session', '{"access":"B","refresh":"S"}');
  rereadTokens();
  expect(tokens.value).toEqual({ access: 'B', refresh: 'S' });
  localStorage.setItem('rookery.session', '{broken');
  expect(rereadTokens()).toBeNull();
  expect(tokens.value).toBeNull();
});

describe('roles', () => {
  it.each([
    [{ roles: ['admin'] }, true, true],
    [{ roles: ['moderator', 'user'] }, false, true],
    [{ roles: ['user'] }, false, false],
    [{}, false, false],
    // Encoded, this has characters of base64url that base64 has not.
    [{ sub: '???>>>', roles: ['moderator'] }, false, true],
  ])('%o', (claims, admin, moderator) => {
    signIn(claims);
    expect([isAdmin.value, isModerator.value]).toEqual([admin, moderator]);
  });

  it('are none in what is no token', () => {
    saveTokens({ access: 'opaque', refresh: 'R' });
    expect(isModerator.value).toBe(false);
  });
});

it('shows a message once, and for a while', () => {
  vi.useFakeTimers();
  toasts.value = [];
  showToast('Saved.');
  showToast('Saved.');
  showToast('No.', 'error');
  expect(toasts.value.map((one) => one.text)).toEqual(['Saved.', 'No.']);
  vi.advanceTimersByTime(6000);
  expect(toasts.value).toEqual([]);
  vi.useRealTimers();
});
