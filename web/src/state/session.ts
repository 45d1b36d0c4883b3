import { computed, signal } from '@preact/signals';
import { tokens } from '../api/tokens';
import type { User } from '../api/types';
import { fetchMe } from '../api/users';
import { forgetTexts } from './compose';
import { clearLists } from './lists';
import { clearStore, putProfile, userRef } from './store';
import { forgetSuggestions } from './suggestions';
import { unread } from './unread';

const myId = signal<string | null>(null);

/** The signed-in account; it lives in the store, so profile edits show everywhere. */
export const me = computed<User | undefined>(() =>
  myId.value ? userRef(myId.value).value : undefined,
);

export async function loadMe(): Promise<void> {
  const user = await fetchMe();
  putProfile(user);
  myId.value = user.id;
}

/** Nothing of one account may be left for the next one on the same device. */
function forgetEverything(): void {
  myId.value = null;
  clearLists();
  clearStore();
  forgetSuggestions();
  forgetTexts();
  unread.value = 0;
}

export function watchSession(): void {
  tokens.subscribe((value) => {
    if (!value && myId.peek()) forgetEverything();
  });
}
