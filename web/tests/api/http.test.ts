import { describe, expect, it } from 'vitest';
import { ApiError, errorText, isSuspension, request } from '../../src/api/http';
import { saveTokens, tokens } from '../../src/api/tokens';
import { answer, later, type Seen, serve } from '../support/server';

const failure = async (path = '/2/x'): Promise<ApiError> => {
  const cause = await request(path).catch((error: unknown) => error);
  expect(cause).toBeInstanceOf(ApiError);
  return cause as ApiError;
};

const bearer = (seen: Seen | undefined): string | null | undefined =>
  seen?.headers.get('authorization');

describe('a request', () => {
  it('sends what is given, and no empty parameters', async () => {
    const seen = serve(() => answer({ data: 1 }));
    const got = await request('/2/x', {
      method: 'POST',
      query: { a: 'b c', none: undefined, empty: '', zero: 0 },
      json: { text: 'x' },
    });
    expect(got).toEqual({ data: 1 });
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/2/x', body: '{"text":"x"}' });
    expect(seen[0]?.query.toString()).toBe('a=b+c&zero=0');
    expect(seen[0]?.headers.get('content-type')).toBe('application/json');
    expect(bearer(seen[0])).toBeNull();
  });

  it('carries the token, unless it is anonymous', async () => {
    saveTokens({ access: 'A', refresh: 'R' });
    const seen = serve(() => answer({}));
    await request('/2/x');
    await request('/2/x', { anonymous: true });
    expect(seen.map(bearer)).toEqual(['Bearer A', null]);
  });

  it('resolves to nothing when the answer is empty', async () => {
    serve(() => new Response(null, { status: 204 }));
    expect(await request('/2/x')).toBeUndefined();
  });
});

describe('errors', () => {
  it.each([
    ['first error', { errors: [{ message: 'No.' }], detail: 'Invalid.' }, 'No.'],
    ['detail', { detail: 'Invalid.', title: 'T' }, 'Invalid.'],
    ['title', { title: 'Not Found' }, 'Not Found'],
    ['nothing', {}, 'The server answered with an error (404).'],
    ['errors of another shape', { errors: 'x' }, 'The server answered with an error (404).'],
  ])('say the %s of the problem', async (_, problem, words) => {
    serve(() => answer(problem, 404));
    const error = await failure();
    expect(error.message).toBe(words);
    expect(error.status).toBe(404);
  });

  it('stand for answers that are no JSON', async () => {
    serve(() => new Response('<html>', { status: 502 }));
    expect((await failure()).message).toBe('The server answered with an error (502).');
    serve(() => new Response('<html>'));
    expect((await failure()).message).toBe('The server sent an answer Rookery cannot read.');
  });

  it('stand for a server out of reach', async () => {
    serve(() => new TypeError('network'));
    const error = await failure();
    expect(error.status).toBe(0);
    expect(error.message).toMatch(/cannot be reached/);
  });

  it('tell that a second factor is wanted', async () => {
    serve(() => answer({ detail: 'Code?', totp_required: true }, 401));
    expect((await failure()).wantsCode).toBe(true);
    serve(() => answer({ detail: 'Wrong.' }, 401));
    expect((await failure()).wantsCode).toBe(false);
  });

  it('show no words of errors that are not the API’s', () => {
    expect(errorText(new ApiError(400, 'Too long.'))).toBe('Too long.');
    expect(errorText(new Error('x is undefined'))).toMatch(/^Something went wrong/);
  });

  it('tell a suspension from other refusals', () => {
    expect(isSuspension(new ApiError(403, 'User has been suspended: [1].'))).toBe(true);
    expect(isSuspension(new ApiError(403, 'No.'))).toBe(false);
    expect(isSuspension(new ApiError(404, 'User has been suspended'))).toBe(false);
    expect(isSuspension(new Error('User has been suspended'))).toBe(false);
  });
});

describe('an expired token', () => {
  const refuseOld = ({ path, headers }: Seen): Response => {
    if (path === '/2/oauth2/token') return answer({ access_token: 'A2', refresh_token: 'R2' });
    return headers.get('authorization') === 'Bearer A2' ? answer({ data: 1 }) : answer({}, 401);
  };

  it('is exchanged, and the request sent again', async () => {
    saveTokens({ access: 'A', refresh: 'R' });
    const seen = serve(refuseOld);
    expect(await request('/2/x')).toEqual({ data: 1 });
    expect(seen.map((one) => one.path)).toEqual(['/2/x', '/2/oauth2/token', '/2/x']);
    expect(new URLSearchParams(seen[1]?.body).get('refresh_token')).toBe('R');
    expect(tokens.value).toEqual({ access: 'A2', refresh: 'R2' });
  });

  it('is exchanged once for requests that fail together', async () => {
    saveTokens({ access: 'A', refresh: 'R' });
    const seen = serve(refuseOld);
    await Promise.all([request('/2/x'), request('/2/y'), request('/2/z')]);
    expect(seen.filter((one) => one.path === '/2/oauth2/token')).toHaveLength(1);
  });

  it('takes what another tab has exchanged meanwhile', async () => {
    saveTokens({ access: 'A', refresh: 'R' });
    const seen = serve((one) => {
      const stored = { access: 'A2', refresh: 'R2' };
      localStorage.setItem('rookery.session', JSON.stringify(stored));
      return refuseOld(one);
    });
    expect(await request('/2/x')).toEqual({ data: 1 });
    expect(seen.map((one) => one.path)).toEqual(['/2/x', '/2/x']);
  });

  it('ends the session when the exchange is refused', async () => {
    saveTokens({ access: 'A', refresh: 'R' });
    serve(({ path }) => answer({}, path === '/2/oauth2/token' ? 400 : 401));
    expect((await failure()).message).toMatch(/session has ended/);
    expect(tokens.value).toBeNull();
  });

  it('keeps the session when the server is only overloaded', async () => {
    saveTokens({ access: 'A', refresh: 'R' });
    serve(({ path }) => answer({ detail: 'Busy.' }, path === '/2/oauth2/token' ? 503 : 401));
    expect((await failure()).message).toBe('Busy.');
    expect(tokens.value).not.toBeNull();
  });

  it('ends the session when a fresh token is refused as well', async () => {
    saveTokens({ access: 'A', refresh: 'R' });
    serve(({ path }) =>
      path === '/2/oauth2/token' ? answer({ access_token: 'A2' }) : answer({}, 401),
    );
    await failure();
    expect(tokens.value).toBeNull();
  });

  it('keeps the refresh token where the exchange gives no other', async () => {
    saveTokens({ access: 'A', refresh: 'R' });
    const wait = later();
    serve((one) => (one.path === '/2/oauth2/token' ? wait.answer : refuseOld(one)));
    const got = request('/2/x');
    wait.give(answer({ access_token: 'A2' }));
    await got;
    expect(tokens.value).toEqual({ access: 'A2', refresh: 'R' });
  });
});
