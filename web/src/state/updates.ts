import { fetchUpdates } from '../api/updates';
import { homeQuery, takeUpdates } from './home';
import { unread } from './unread';

/** An open page asks so often what is new, and no part of it asks for itself. */
export const POLL_MS = 30_000;
/** So many polls may miss tweets of people followed lately; the next one looks everywhere. */
const FULL_EVERY = 10;
let polls = 0;

/** Tests do not wait for half a minute: a number in the browser's storage shortens it. */
export function pollInterval(): number {
  const stored = Number(localStorage.getItem('rookery-poll-ms'));
  return stored >= 500 ? Math.min(stored, POLL_MS) : POLL_MS;
}

export async function pollUpdates(): Promise<void> {
  const query = homeQuery();
  if (query) polls += 1;
  const full = query !== null && polls % FULL_EVERY === 0;
  const answer = await fetchUpdates({ ...query, full });
  unread.value = answer.meta.unread_count ?? 0;
  if (query) takeUpdates(query, answer);
}
