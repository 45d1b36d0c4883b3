import { request } from './http';
import type { AccountState, Answer, AuditPage, Body, ReportCase, ReportPage, User } from './types';

export type Category = Body<'/1/reports', 'post'>['category'];

/** The server's words for what a report is about (shared/contracts/moderation.py). */
export const CATEGORIES = {
  spam: 'Spam or manipulation',
  abuse: 'Abuse or harassment',
  hate: 'Hate',
  violence: 'Violence or threats',
  self_harm: 'Suicide or self-harm',
  sexual: 'Sexual or sensitive content',
  impersonation: 'Impersonation',
  privacy: 'Private information',
  illegal: 'Illegal goods or acts',
  other: 'Something else',
} as const satisfies Record<Category, string>;

export type Subject = { user_id: string } | { tweet_id: string };

export type AccountAct = 'suspend' | 'restore' | 'limit' | 'unlimit' | 'verify' | 'unverify';
export type AuditLog = 'accounts' | 'tweets';

const ADMIN = '/1/admin';

async function read<T>(path: string): Promise<T> {
  return (await request<{ data: T }>(path)).data;
}

async function act(path: string, json?: object): Promise<void> {
  await request(`${ADMIN}/${path}`, { method: 'POST', json });
}

export async function sendReport(
  subject: Subject,
  category: Category,
  comment: string,
): Promise<void> {
  const json = { ...subject, category, comment: comment || undefined };
  await request('/1/reports', { method: 'POST', json });
}

export const fetchCases = (status: 'open' | 'claimed', token?: string): Promise<ReportPage> =>
  request(`${ADMIN}/reports`, { query: { status, max_results: 30, pagination_token: token } });

export const fetchCase = (id: string): Promise<ReportCase> => read(`${ADMIN}/reports/${id}`);
export const claimCase = (id: string): Promise<void> => act(`reports/${id}/claim`);

export const resolveCase = (id: string, violation: boolean, reason: string): Promise<void> =>
  act(`reports/${id}/resolve`, { outcome: violation ? 'violation' : 'no_violation', reason });

export const removeReported = (id: string, category: Category, reason: string): Promise<void> =>
  act(`tweets/${id}/remove`, { category, reason });

export const actOnAccount = (id: string, what: AccountAct, reason: string): Promise<void> =>
  act(`users/${id}/${what}`, { reason });

/** Also of an account that is hidden from everybody else. */
export const fetchAccountState = (idOrName: string): Promise<AccountState> =>
  read(
    `${ADMIN}/users/${/^\d+$/.test(idOrName) ? idOrName : `by/username/${idOrName.replace('@', '')}`}`,
  );

export const fetchAudit = (log: AuditLog, token?: string, subject?: string): Promise<AuditPage> =>
  request(log === 'tweets' ? `${ADMIN}/tweets/audit` : `${ADMIN}/audit`, {
    query: { max_results: 30, pagination_token: token, subject },
  });

/** Those of up to a hundred users that are there to be seen. */
export async function fetchPeople(ids: string[]): Promise<User[]> {
  const answer = await request<Answer<'/2/users', 'get'>>('/2/users', {
    query: { ids: ids.join(','), 'user.fields': 'profile_image_url' },
  });
  return answer.data ?? [];
}
