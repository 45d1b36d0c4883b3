import { beforeEach, expect, it } from 'vitest';
import type { User } from '../../src/api/types';
import { clearStore } from '../../src/state/store';
import { forgetSuggestions, loadSuggestions, suggestions } from '../../src/state/suggestions';
import { ME, user } from '../support/objects';
import { answer, serve } from '../support/server';

const FOLLOWERS = `/2/users/${ME}/followers`;
const FOLLOWING = `/2/users/${ME}/following`;
const POPULAR = '/1/users/suggestions';

/** Serves lists of people; others are empty. Returns the paths that were asked for. */
function people(lists: Record<string, User[]>): string[] {
  const paths: string[] = [];
  serve(({ path }) => {
    paths.push(path);
    return answer({ data: lists[path] ?? [], meta: {} });
  });
  return paths;
}

beforeEach(() => {
  clearStore();
  forgetSuggestions();
});

it('suggests the most followed to somebody without neighbours', async () => {
  const paths = people({ [POPULAR]: [user('5'), user('6')] });
  await loadSuggestions(ME);
  expect(suggestions.value).toEqual(['5', '6']);
  expect(paths).toEqual([FOLLOWERS, FOLLOWING, POPULAR]);
});

it('asks for no others where neighbours are enough', async () => {
  const paths = people({ [FOLLOWERS]: [user('2'), user('3'), user('4')] });
  await loadSuggestions(ME);
  expect(suggestions.value).toEqual(['2', '3', '4']);
  expect(paths).toEqual([FOLLOWERS]);
});

it('suggests neither oneself nor those whom one knows', async () => {
  const known = (['following', 'follow_request_sent', 'blocking', 'muting'] as const).map(
    (status, index) => user(`1${index}`, { connection_status: [status] }),
  );
  people({ [FOLLOWERS]: [user(ME), ...known], [POPULAR]: [user('7'), ...known] });
  await loadSuggestions(ME);
  expect(suggestions.value).toEqual(['7']);
});

it('tries again after a failure', async () => {
  serve(() => answer({ title: 'Too Many Requests', status: 429 }, 429));
  await loadSuggestions(ME);
  expect(suggestions.value).toEqual([]);
  people({ [POPULAR]: [user('8')] });
  await loadSuggestions(ME);
  expect(suggestions.value).toEqual(['8']);
});
