import { errorText } from '../api/http';
import { type Held, setHeld } from '../api/relations';
import type { ConnectionStatus, User } from '../api/types';
import { bumpMetric } from './actions';
import { dropList, listKeys } from './lists';
import { patchUser, userRef } from './store';
import { showToast } from './toasts';

const busy = new Set<string>();

export function holds(user: User | undefined, status: ConnectionStatus): boolean {
  return user?.connection_status?.includes(status) ?? false;
}

/** Blocks or mutes somebody, or takes it back; a block ends the follows of both. */
export async function toggleHeld(me: string, target: string, held: Held): Promise<void> {
  const before = userRef(target).peek();
  if (!before || busy.has(target)) return;
  const on = !holds(before, held);
  const kept = (before.connection_status ?? []).filter(
    (status) => status !== held && !(on && held === 'blocking' && status !== 'muting'),
  );
  busy.add(target);
  patchUser(target, () => ({ connection_status: on ? [...kept, held] : kept }));
  try {
    await setHeld(me, held, target, on);
    if (on && held === 'blocking') countEnded(me, target, before);
    // Whose tweets are shown has changed.
    dropList(listKeys.home);
    dropList(listKeys.user(target));
    showToast(done(before.username, held, on));
  } catch (error) {
    patchUser(target, () => ({ connection_status: before.connection_status }));
    showToast(errorText(error), 'error');
  } finally {
    busy.delete(target);
  }
}

function countEnded(me: string, target: string, before: User): void {
  for (const [one, other, status] of [
    [me, target, 'following'],
    [target, me, 'followed_by'],
  ] as const) {
    if (!holds(before, status)) continue;
    bumpMetric(one, 'following_count', -1);
    bumpMetric(other, 'followers_count', -1);
  }
}

function done(username: string, held: Held, on: boolean): string {
  const words = { blocking: ['unblocked', 'blocked'], muting: ['unmuted', 'muted'] } as const;
  return `@${username} is ${words[held][Number(on)]}.`;
}
