import { signal } from '@preact/signals';
import type { User } from '../api/types';
import { fetchRelated, fetchSuggestions } from '../api/users';
import { holds } from './relations';
import { putUsers } from './store';

/** Fewer than these are filled up with accounts that many follow. */
const LEAST = 3;
const MOST = 10;
/** How many followed accounts are asked whom they follow. */
const SOURCES = 3;

export const suggestions = signal<string[] | null>(null);
let started = false;

const isNew = (me: string) => (user: User) =>
  user.id !== me &&
  !(['following', 'follow_request_sent', 'blocking', 'muting'] as const).some((status) =>
    holds(user, status),
  );

/**
 * People to follow come from the neighbourhood: those who follow the viewer first, then those
 * followed by people whom the viewer follows. Who has no neighbours yet gets the accounts that
 * most people follow.
 */
export async function loadSuggestions(me: string): Promise<void> {
  if (started) return;
  started = true;
  const found = new Map<string, User>();
  const collect = (users: User[] | undefined): void => {
    putUsers(users);
    for (const user of (users ?? []).filter(isNew(me))) found.set(user.id, user);
  };
  try {
    collect((await fetchRelated(me, 'followers', undefined, 20)).data);
    if (found.size < LEAST) {
      const followed = (await fetchRelated(me, 'following', undefined, 20)).data ?? [];
      putUsers(followed);
      for (const user of followed.slice(0, SOURCES)) {
        collect((await fetchRelated(user.id, 'following', undefined, 20)).data);
      }
    }
    if (found.size < LEAST) collect((await fetchSuggestions(MOST)).data);
  } catch {
    // Suggestions are a courtesy; pages simply stay without them.
    started = false;
  }
  suggestions.value = [...found.keys()].slice(0, MOST);
}

export function forgetSuggestions(): void {
  started = false;
  suggestions.value = null;
}
