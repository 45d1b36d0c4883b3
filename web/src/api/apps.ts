import { request } from './http';
import type { Answer, Body, Data, DeveloperApp } from './types';

type OwnTokens = Data<'/1/apps/{id}/tokens', 'post'>;

/** What the server shows once and keeps only as digests, with the names it belongs to. */
export type Secrets = Partial<
  Pick<
    NewApp,
    'client_id' | 'client_secret' | 'consumer_key' | 'consumer_secret' | 'bearer_token'
  > &
    Pick<
      OwnTokens,
      'access_token' | 'access_token_secret' | 'oauth2_access_token' | 'oauth2_refresh_token'
    >
>;

export type NewApp = Data<'/1/apps', 'post'>;
export type SecretKind = NonNullable<Body<'/1/apps/{id}/secret', 'post'>['kind']>;

const path = (id: string): string => `/1/apps/${encodeURIComponent(id)}`;

export async function fetchApps(): Promise<DeveloperApp[]> {
  return (await request<Answer<'/1/apps', 'get'>>('/1/apps')).data;
}

export async function createApp(form: Body<'/1/apps', 'post'>): Promise<NewApp> {
  const answer = await request<Answer<'/1/apps', 'post'>>('/1/apps', {
    method: 'POST',
    json: form,
  });
  return answer.data;
}

export async function updateApp(
  id: string,
  changes: Body<'/1/apps/{id}', 'patch'>,
): Promise<DeveloperApp> {
  return (
    await request<Answer<'/1/apps/{id}', 'patch'>>(path(id), { method: 'PATCH', json: changes })
  ).data;
}

export async function rotateSecret(id: string, kind: SecretKind): Promise<Secrets> {
  const answer = await request<Answer<'/1/apps/{id}/secret', 'post'>>(`${path(id)}/secret`, {
    method: 'POST',
    json: { kind },
  });
  return answer.data;
}

export async function createOwnTokens(id: string): Promise<Secrets> {
  const answer = await request<Answer<'/1/apps/{id}/tokens', 'post'>>(`${path(id)}/tokens`, {
    method: 'POST',
    json: {},
  });
  return answer.data;
}

export async function deleteApp(id: string): Promise<void> {
  await request(path(id), { method: 'DELETE' });
}
