import { request } from '../http';
import type { Schemas } from '../types';

/** What reaches a person by a category and channel, whether set or by default. */
export type Matrix = Record<string, Record<string, boolean>>;

type Stored = Schemas['NotificationPreferences'];

export type QuietHours = NonNullable<Stored['quiet_hours']>;
export type Digest = Stored['digest'];
export type Throttle = Stored['throttle'];
export type Preferences = Pick<Stored, 'quiet_hours' | 'digest' | 'throttle'> & {
  categories: Matrix;
};

/** The server keeps what a change leaves out. */
export interface PreferencesChange {
  quiet_hours?: QuietHours | null;
  categories?: Matrix;
  digest?: Digest | null;
  throttle?: Throttle | null;
}

const PATH = '/1/notifications/preferences';

export async function fetchPreferences(): Promise<Preferences> {
  return (await request<{ data: Preferences }>(PATH)).data;
}

export async function changePreferences(change: PreferencesChange): Promise<Preferences> {
  const answer = await request<{ data: Preferences }>(PATH, { method: 'PUT', json: change });
  return answer.data;
}
