import { request } from '../http';
import type {
  ChannelState,
  ChannelStatistics,
  Data,
  DeadLetter,
  DeliveryReport,
  Suppression,
  TemplatePreview,
  TemplateSummary,
} from '../types';

/** A dead-letter queue and how many messages wait in it. */
export interface DeadQueue {
  queue: string;
  waiting: number;
}

/** Channels whose addresses may be suppressed. */
export type Suppressed = 'email' | 'sms';

export type Redriven = Data<'/1/admin/dead_letters/redrive', 'post'>;

interface Page<T> {
  data?: T[];
}

async function list<T>(path: string, query?: Record<string, string>): Promise<T[]> {
  return (await request<Page<T>>(path, { query })).data ?? [];
}

export const fetchChannels = (): Promise<ChannelState[]> => list('/1/admin/channels');
export const fetchStatistics = (): Promise<ChannelStatistics[]> =>
  list('/1/admin/channels/statistics');
export const fetchDeadQueues = (): Promise<DeadQueue[]> => list('/1/admin/dead_letters');
export const fetchDeadLetters = (queue: string): Promise<DeadLetter[]> =>
  list('/1/admin/dead_letters', { queue });
export const fetchTemplates = (): Promise<TemplateSummary[]> => list('/1/templates');

export async function fetchTimeline(id: string): Promise<DeliveryReport> {
  const path = `/1/notifications/${encodeURIComponent(id)}`;
  return (await request<{ data: DeliveryReport }>(path)).data;
}

export async function redrive(queue: string): Promise<Redriven> {
  const answer = await request<{ data: Redriven }>('/1/admin/dead_letters/redrive', {
    method: 'POST',
    json: { queue },
  });
  return answer.data;
}

export async function previewTemplate(name: string, data: unknown): Promise<TemplatePreview> {
  const answer = await request<{ data: TemplatePreview }>(
    `/1/templates/${encodeURIComponent(name)}/preview`,
    { method: 'POST', json: { data } },
  );
  return answer.data;
}

export async function fetchSuppressions(
  channel: Suppressed,
  token?: string,
): Promise<{ items: Suppression[]; next?: string }> {
  const answer = await request<Page<Suppression> & { meta?: { next_token?: string } }>(
    '/1/admin/suppressions',
    { query: { channel, max_results: '50', pagination_token: token } },
  );
  return { items: answer.data ?? [], next: answer.meta?.next_token };
}

export async function liftSuppression(
  channel: Suppressed,
  by: { target: string } | { address: string },
): Promise<Suppression> {
  const answer = await request<{ data: Suppression }>('/1/admin/suppressions/lift', {
    method: 'POST',
    json: { channel, ...by },
  });
  return answer.data;
}
