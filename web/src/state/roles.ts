import { computed } from '@preact/signals';
import { tokens } from '../api/tokens';

/** What the access token says about its user; the server checks it at every request. */
function rolesIn(token: string): string[] {
  try {
    const payload = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    const claims = JSON.parse(atob(payload)) as { roles?: string[] };
    return claims.roles ?? [];
  } catch {
    return [];
  }
}

const roles = computed(() => rolesIn(tokens.value?.access ?? ''));

export const isAdmin = computed(() => roles.value.includes('admin'));
export const isModerator = computed(() => isAdmin.value || roles.value.includes('moderator'));
