import { request } from '../http';

export interface ChannelState {
  channel: string;
  adapter: string | null;
  breaker: 'closed' | 'open' | 'half_open';
  last_error: string | null;
}

export interface ChannelStatistics {
  channel: string;
  accepted: number;
  sent: number;
  delivered: number;
  failed: number;
  retried: number;
  latency_ms?: number;
}

export interface Step {
  state: string;
  at: string;
  reason?: string;
  channel?: string;
  target?: string;
  user_id?: string;
}

export interface Delivery {
  user_id: string;
  channel: string;
  target: string;
  state: string;
  at: string;
  reason?: string;
}

export interface Timeline {
  id: string;
  type: string;
  status: string;
  created_at: string;
  title?: string;
  text?: string;
  deliveries: Delivery[];
  timeline: Step[];
}

export interface DeadQueue {
  queue: string;
  waiting: number;
}

export interface DeadLetter {
  id: string;
  queue: string;
  body: string;
  received: number;
  sent_at?: string;
}

export interface Redriven {
  moved: number;
  waiting: number;
}

export interface TemplateSummary {
  name: string;
  version?: number;
  draft_at?: string;
  published_at?: string;
}

export interface TemplatePreview {
  locale: string;
  title: string;
  text: string;
  html?: string;
  url?: string;
}

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

export async function fetchTimeline(id: string): Promise<Timeline> {
  const path = `/1/notifications/${encodeURIComponent(id)}`;
  return (await request<{ data: Timeline }>(path)).data;
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
