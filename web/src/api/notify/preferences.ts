import { request } from '../http';

/** What reaches a person by a category and channel, whether set or by default. */
export type Matrix = Record<string, Record<string, boolean>>;

export interface QuietHours {
  from: string;
  to: string;
  time_zone: string;
}

export interface Digest {
  frequency: 'none' | 'hourly' | 'daily';
  hour: number;
  time_zone: string;
}

export interface Preferences {
  quiet_hours: QuietHours | null;
  categories: Matrix;
  digest: Digest;
}

/** The server keeps what a change leaves out. */
export interface PreferencesChange {
  quiet_hours?: QuietHours | null;
  categories?: Matrix;
  digest?: Digest | null;
}

const PATH = '/1/notifications/preferences';

export async function fetchPreferences(): Promise<Preferences> {
  return (await request<{ data: Preferences }>(PATH)).data;
}

export async function changePreferences(change: PreferencesChange): Promise<Preferences> {
  const answer = await request<{ data: Preferences }>(PATH, { method: 'PUT', json: change });
  return answer.data;
}
