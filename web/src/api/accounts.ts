import { request } from './http';
import { saveTokens, takeTokens, tokens } from './tokens';
import type { Answer, Body } from './types';

/** Hosts of a local stack, whose gateway alone has demo logins. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;

export type Registration = Body<'/1/accounts', 'post'>;

export async function register(form: Registration): Promise<void> {
  await request('/1/accounts', { method: 'POST', json: form, anonymous: true });
}

export async function verifyAccount(token: string): Promise<void> {
  await request('/1/accounts/verify', { method: 'POST', json: { token }, anonymous: true });
}

export async function requestReset(email: string): Promise<void> {
  await request('/1/accounts/password_resets', {
    method: 'POST',
    json: { email },
    anonymous: true,
  });
}

export async function confirmReset(token: string, password: string): Promise<void> {
  await request('/1/accounts/password_resets/confirm', {
    method: 'POST',
    json: { token, new_password: password },
    anonymous: true,
  });
}

export async function logIn(login: string, password: string, code?: string): Promise<void> {
  const answer = await request<Answer<'/1/sessions', 'post'>>('/1/sessions', {
    method: 'POST',
    json: { login, password, totp: code || undefined },
    anonymous: true,
  });
  takeTokens(answer.data);
}

export async function logOut(): Promise<void> {
  if (!tokens.peek()) return;
  try {
    await request('/1/sessions/current', { method: 'DELETE' });
  } finally {
    // Leaving must work even when the server cannot be told.
    saveTokens(null);
  }
}

export type ProfileChanges = Body<'/1/accounts/me', 'patch'>;

export async function updateProfile(changes: ProfileChanges): Promise<void> {
  await request('/1/accounts/me', { method: 'PATCH', json: changes });
}

/** A mail, push or SMS of the local stack, whose outbox is no part of the API. */
export interface Message {
  channel: string;
  to: string;
  created_at?: string;
  subject?: string;
  text?: string;
  data?: {
    token?: string;
    /** Of a mail with an HTML part, which is a page of its own. */
    page?: string;
    /** Of an SMS. */
    segments?: number;
    encoding?: string;
    price?: number;
  };
}

/** The messages of the local stack; anything but a proper answer means "not available here". */
export async function readOutbox(to: string): Promise<Message[]> {
  const answer = await request<{ data?: Message[] }>('/1/dev/outbox', {
    query: { to },
    anonymous: true,
  });
  return answer?.data ?? [];
}

/** An account of the demo community, which only a local stack has. */
export interface DemoLogin {
  username: string;
  password: string;
  role: string;
}

/** The accounts of the demo community; none anywhere but on this machine. */
export async function fetchDemoLogins(): Promise<DemoLogin[]> {
  if (!LOOPBACK.test(location.hostname)) return [];
  const answer = await request<{ data?: DemoLogin[] }>('/1/dev/logins', { anonymous: true });
  return answer?.data ?? [];
}

export async function hasOutbox(to: string): Promise<boolean> {
  try {
    await readOutbox(to);
    return true;
  } catch {
    return false;
  }
}
