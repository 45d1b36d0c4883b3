import { request } from './http';
import { saveTokens, takeTokens } from './tokens';
import type { Account, Answer, ConnectedApp, Data, DataExport, Session } from './types';

const ME = '/1/accounts/me';

async function read<T>(path: string): Promise<T> {
  return (await request<{ data: T }>(path)).data;
}

export const fetchAccount = (): Promise<Account> => read(ME);
export const fetchSessions = (): Promise<Session[]> => read('/1/sessions');
export const fetchConnectedApps = (): Promise<ConnectedApp[]> => read(`${ME}/apps`);

export async function setProtected(value: boolean): Promise<void> {
  await request(ME, { method: 'PATCH', json: { protected: value } });
}

export async function changeUsername(username: string): Promise<void> {
  await request(`${ME}/username`, { method: 'PUT', json: { username } });
}

export async function changeEmail(email: string, password: string): Promise<void> {
  await request(`${ME}/email`, { method: 'PUT', json: { email, password } });
}

export async function sendVerification(): Promise<void> {
  await request('/1/accounts/verification', { method: 'POST', json: {} });
}

/** Every session ends; this device goes on with the new one that the answer holds. */
export async function changePassword(current: string, next: string): Promise<void> {
  const { data } = await request<Answer<'/1/accounts/me/password', 'put'>>(`${ME}/password`, {
    method: 'PUT',
    json: { current_password: current, new_password: next },
  });
  takeTokens(data);
}

export async function beginTotp(password: string): Promise<Data<'/1/accounts/me/totp', 'post'>> {
  const answer = await request<Answer<'/1/accounts/me/totp', 'post'>>(`${ME}/totp`, {
    method: 'POST',
    json: { password },
  });
  return answer.data;
}

export async function confirmTotp(code: string): Promise<string[]> {
  const { data } = await request<Answer<'/1/accounts/me/totp/confirm', 'post'>>(
    `${ME}/totp/confirm`,
    {
      method: 'POST',
      json: { code },
    },
  );
  return data.recovery_codes;
}

export async function removeTotp(code: string): Promise<void> {
  await request(`${ME}/totp`, { method: 'DELETE', json: { code } });
}

export async function endSession(id: string): Promise<void> {
  await request(`/1/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export async function endOtherSessions(): Promise<void> {
  await request('/1/sessions', { method: 'DELETE' });
}

export async function disconnectApp(id: string): Promise<void> {
  await request(`${ME}/apps/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export async function deactivate(password: string): Promise<void> {
  await request(ME, { method: 'DELETE', json: { password } });
  saveTokens(null);
}

export async function undoEmailChange(token: string): Promise<void> {
  await request('/1/accounts/email_changes/undo', {
    method: 'POST',
    json: { token },
    anonymous: true,
  });
}

export async function requestExport(password: string): Promise<DataExport> {
  const answer = await request<Answer<'/1/accounts/me/exports', 'post'>>(`${ME}/exports`, {
    method: 'POST',
    json: { password },
  });
  return answer.data;
}

export const fetchExports = (): Promise<DataExport[]> => read(`${ME}/exports`);

export const fetchExport = (id: string): Promise<DataExport> => read(`${ME}/exports/${id}`);

export type Picture = 'profile_image' | 'profile_banner';

const FIELD = { profile_image: 'image', profile_banner: 'banner' } as const;

export async function uploadPicture(kind: Picture, file: File): Promise<void> {
  const form = new FormData();
  form.append(FIELD[kind], file);
  await request(`/1.1/account/update_${kind}.json`, { method: 'POST', upload: form });
}

export async function removePicture(kind: Picture): Promise<void> {
  await request(`${ME}/${kind}`, { method: 'DELETE' });
}
