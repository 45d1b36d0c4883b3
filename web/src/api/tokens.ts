import { computed, signal } from '@preact/signals';
import type { Tokens as IssuedTokens } from './types';

export interface Tokens {
  access: string;
  refresh: string;
}

const KEY = 'rookery.session';

function read(): Tokens | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    if (value && typeof value === 'object' && 'access' in value && 'refresh' in value) {
      return { access: String(value.access), refresh: String(value.refresh) };
    }
  } catch {
    // Unreadable or blocked storage counts as signed out.
  }
  return null;
}

const current = signal<Tokens | null>(read());

/** The tokens of this tab; reading `.value` in a component follows sign-in and sign-out. */
export const tokens = computed(() => current.value);

export function saveTokens(next: Tokens | null): void {
  current.value = next;
  try {
    if (next) localStorage.setItem(KEY, JSON.stringify(next));
    else localStorage.removeItem(KEY);
  } catch {
    // The session then lasts only as long as this tab.
  }
}

/** Takes the tokens of an answer; the refresh token stays where there is no new one. */
export function takeTokens(issued: IssuedTokens): void {
  const refresh = issued.refresh_token ?? current.peek()?.refresh ?? '';
  saveTokens({ access: issued.access_token, refresh });
}

/** Takes over what another tab has stored, e.g. tokens it refreshed meanwhile. */
export function rereadTokens(): Tokens | null {
  const stored = read();
  if (stored?.access !== current.peek()?.access) current.value = stored;
  return stored;
}

addEventListener('storage', (event) => {
  if (event.key === KEY || event.key === null) rereadTokens();
});
