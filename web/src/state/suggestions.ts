import { signal } from '@preact/signals';
import type { User } from '../api/types';
import { fetchRelated } from '../api/users';
import { putUsers } from './store';

const WANTED = 3;
/** How many followed accounts are asked whom they follow. */
const SOURCES = 3;
/** Relations of people who are no news; who is blocked is in none of the lists. */
const NOT_SUGGESTED = new Set(['following', 'follow_request_sent', 'muting', 'blocking']);

export const suggestions = signal<string[] | null>(null);
let started = false;

const isNew = (me: string) => (user: User) =>
  user.id !== me && !user.connection_status?.some((s) => NOT_SUGGESTED.has(s));

/**
 * The API has no recommendations, so these come from the neighbourhood: people who
 * follow the viewer first, then those followed by people the viewer follows.
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
    if (found.size < WANTED) {
      const followed = (await fetchRelated(me, 'following', undefined, 20)).data ?? [];
      putUsers(followed);
      for (const user of followed.slice(0, SOURCES)) {
        collect((await fetchRelated(user.id, 'following', undefined, 20)).data);
      }
    }
  } catch {
    // Suggestions are a courtesy; the column simply stays without them.
    started = false;
  }
  suggestions.value = [...found.keys()].slice(0, WANTED);
}

export function forgetSuggestions(): void {
  started = false;
  suggestions.value = null;
}
