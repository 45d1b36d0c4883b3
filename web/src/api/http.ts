import { inWords } from '../lib/words';
import { rereadTokens, saveTokens, takeTokens, tokens } from './tokens';
import type { Problem, Tokens } from './types';

const CLIENT_ID = 'rookery-web';

/** A failed request, carrying words fit to be shown to the user. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** The password was right and a second factor is asked for. */
    readonly wantsCode = false,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export function errorText(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return 'Something went wrong. Please try again.';
}

/** An error as a page shows it. */
export interface Failure {
  text: string;
  /** Trying again would change nothing: it is gone, or not for the viewer. */
  final: boolean;
}

const FINAL = new Set([400, 403, 404, 410]);

export function failureOf(error: unknown): Failure {
  return {
    text: errorText(error),
    final: error instanceof ApiError && FINAL.has(error.status),
  };
}

/** The API has no type of its own for this refusal: X's words are what tells it. */
export function isSuspension(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.status === 403 &&
    /^User has been suspended/.test(error.message)
  );
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Record<string, string | number | undefined>;
  json?: unknown;
  form?: Record<string, string>;
  /** A form with a file in it. */
  upload?: FormData;
  signal?: AbortSignal;
  /** Sign-in and registration must not send, refresh or drop a stored session. */
  anonymous?: boolean;
}

function withQuery(path: string, query: RequestOptions['query']): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

async function send(path: string, options: RequestOptions, access?: string): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  let body: BodyInit | undefined;
  if (options.json !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(options.json);
  } else if (options.form) {
    body = new URLSearchParams(options.form);
  } else if (options.upload) {
    body = options.upload;
  }
  if (access) headers.Authorization = `Bearer ${access}`;
  try {
    return await fetch(withQuery(path, options.query), {
      method: options.method ?? 'GET',
      headers,
      body,
      signal: options.signal,
    });
  } catch {
    throw new ApiError(0, 'Rookery cannot be reached. Check your connection and try again.');
  }
}

async function failure(response: Response): Promise<ApiError> {
  let problem: Partial<Problem> = {};
  try {
    problem = (await response.json()) as Partial<Problem>;
  } catch {
    // A proxy may answer with something other than problem+json.
  }
  const nested = Array.isArray(problem.errors) ? problem.errors[0] : undefined;
  // The first error says what is wrong; the detail of a 400 only that something is.
  const detail =
    nested?.message ??
    problem.detail ??
    problem.title ??
    `The server answered with an error (${response.status}).`;
  return new ApiError(response.status, inWords(detail), problem.totp_required === true);
}

/** Resolves to a usable access token, or to null when the session is over. */
async function exchange(stale: string): Promise<string | null> {
  // Another tab may have spent the refresh token while this one waited for the lock.
  const stored = rereadTokens();
  if (!stored) return null;
  if (stored.access !== stale) return stored.access;
  const response = await send('/2/oauth2/token', {
    method: 'POST',
    form: { grant_type: 'refresh_token', refresh_token: stored.refresh, client_id: CLIENT_ID },
  });
  if (response.ok) {
    const fresh = (await response.json()) as Tokens;
    takeTokens(fresh);
    return fresh.access_token;
  }
  // Only a refusal ends the session; an overloaded server does not.
  if (response.status !== 400 && response.status !== 401) throw await failure(response);
  saveTokens(null);
  return null;
}

let refreshing: Promise<string | null> | null = null;

/** Single-flight: requests failing together share one exchange, as refresh tokens rotate. */
function refresh(stale: string): Promise<string | null> {
  // Browsers give locks only to secure pages.
  const { locks }: { locks?: LockManager } = navigator;
  refreshing ??= (
    locks ? locks.request('rookery-refresh', () => exchange(stale)) : exchange(stale)
  ).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const access = options.anonymous ? undefined : tokens.peek()?.access;
  let response = await send(path, options, access);
  if (response.status === 401 && access) {
    const fresh = await refresh(access);
    if (!fresh) throw new ApiError(401, 'Your session has ended. Please log in again.');
    response = await send(path, options, fresh);
    // A fresh token that is refused as well means the session was revoked.
    if (response.status === 401) saveTokens(null);
  }
  if (!response.ok) throw await failure(response);
  const text = await response.text();
  if (!text) return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiError(response.status, 'The server sent an answer Rookery cannot read.');
  }
}
