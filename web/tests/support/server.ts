import { afterEach, vi } from 'vitest';
import { saveTokens } from '../../src/api/tokens';

/** A request as the API would see it. */
export interface Seen {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: string;
}

type Answer = Response | Error;

/** JSON in an answer with a status. */
export const answer = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status });

/**
 * Stands in for the network: every request is noted, and answered by `handler`; an error means
 * that the server could not be reached.
 */
export function serve(handler: (request: Seen) => Answer | Promise<Answer>): Seen[] {
  const seen: Seen[] = [];
  vi.stubGlobal('fetch', async (address: string, init: RequestInit) => {
    const url = new URL(address, 'http://rookery.test');
    const request: Seen = {
      method: init.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: new Headers(init.headers),
      body: init.body === undefined ? '' : String(init.body),
    };
    seen.push(request);
    const result = await handler(request);
    if (result instanceof Error) throw result;
    return result;
  });
  return seen;
}

/** An answer that waits until the test gives it. */
export function later(): { answer: Promise<Response>; give: (response: Response) => void } {
  let give: (response: Response) => void = () => undefined;
  const promise = new Promise<Response>((resolve) => {
    give = resolve;
  });
  return { answer: promise, give };
}

afterEach(() => {
  vi.unstubAllGlobals();
  saveTokens(null);
});
