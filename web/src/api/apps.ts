import { request } from './http';

export interface DeveloperApp {
  id: string;
  name: string;
  type: 'public' | 'confidential';
  redirect_uris: string[];
  created_at: string;
  consumer_key?: string;
}

/** What the server shows once and keeps only as digests. */
export type Secrets = Record<string, string>;

export type SecretKind = 'client_secret' | 'consumer_secret' | 'bearer_token';

interface Data<T> {
  data: T;
}

const path = (id: string): string => `/1/apps/${encodeURIComponent(id)}`;

export async function fetchApps(): Promise<DeveloperApp[]> {
  return (await request<Data<DeveloperApp[]>>('/1/apps')).data;
}

export async function createApp(form: {
  name: string;
  type: DeveloperApp['type'];
  redirect_uris: string[];
}): Promise<DeveloperApp & Secrets> {
  const answer = await request<Data<DeveloperApp & Secrets>>('/1/apps', {
    method: 'POST',
    json: form,
  });
  return answer.data;
}

export async function updateApp(
  id: string,
  changes: { name?: string; redirect_uris?: string[] },
): Promise<DeveloperApp> {
  return (await request<Data<DeveloperApp>>(path(id), { method: 'PATCH', json: changes })).data;
}

export async function rotateSecret(id: string, kind: SecretKind): Promise<Secrets> {
  const { data } = await request<Data<Secrets>>(`${path(id)}/secret`, {
    method: 'POST',
    json: { kind },
  });
  return { [kind]: data[kind] ?? '' };
}

export async function createOwnTokens(id: string): Promise<Secrets> {
  const { data } = await request<Data<Record<string, unknown>>>(`${path(id)}/tokens`, {
    method: 'POST',
    json: {},
  });
  const names = [
    'access_token',
    'access_token_secret',
    'oauth2_access_token',
    'oauth2_refresh_token',
  ];
  return Object.fromEntries(
    names.filter((name) => data[name]).map((name) => [name, String(data[name])]),
  );
}

export async function deleteApp(id: string): Promise<void> {
  await request(path(id), { method: 'DELETE' });
}
