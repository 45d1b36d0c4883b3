import { request } from './http';
import type {
  Answer,
  Body,
  Crawl,
  CrawlChanges,
  CrawlExport,
  CrawlPageDetail,
  CrawlPageList,
  CrawlPicture,
  CrawlSchedule,
} from './types';

export type CrawlOrder = Body<'/1/crawls', 'post'>;

export async function startCrawl(order: CrawlOrder): Promise<string> {
  const { data } = await request<Answer<'/1/crawls', 'post'>>('/1/crawls', {
    method: 'POST',
    json: order,
  });
  return data.id;
}

/** Starts a crawl at the addresses in a file. */
export async function uploadSeeds(order: CrawlOrder, file: File): Promise<string> {
  const upload = new FormData();
  upload.set('crawl', JSON.stringify(order));
  upload.set('seeds', file);
  const { data } = await request<Answer<'/1/crawls/upload', 'post'>>('/1/crawls/upload', {
    method: 'POST',
    upload,
  });
  return data.id;
}

export async function fetchCrawls(): Promise<Crawl[]> {
  return (await request<Answer<'/1/crawls', 'get'>>('/1/crawls')).data ?? [];
}

export async function fetchCrawl(id: string): Promise<Crawl> {
  return (await request<Answer<'/1/crawls/{id}', 'get'>>(`/1/crawls/${encodeURIComponent(id)}`))
    .data;
}

export interface PageQuery {
  sort?: string;
  status?: string;
}

export function fetchCrawlPages(
  id: string,
  { sort, status }: PageQuery = {},
  token?: string,
): Promise<CrawlPageList> {
  return request(`/1/crawls/${encodeURIComponent(id)}/pages`, {
    query: { max_results: 100, sort, status, pagination_token: token },
  });
}

export async function fetchCrawlPage(id: string, url: string): Promise<CrawlPageDetail> {
  type Found = Answer<'/1/crawls/{id}/page', 'get'>;
  const path = `/1/crawls/${encodeURIComponent(id)}/page`;
  return (await request<Found>(path, { query: { url } })).data;
}

export async function fetchCrawlPicture(id: string): Promise<CrawlPicture> {
  type Found = Answer<'/1/crawls/{id}/picture', 'get'>;
  return (await request<Found>(`/1/crawls/${encodeURIComponent(id)}/picture`)).data;
}

export async function fetchCrawlChanges(id: string, base: string): Promise<CrawlChanges> {
  type Found = Answer<'/1/crawls/{id}/changes', 'get'>;
  const path = `/1/crawls/${encodeURIComponent(id)}/changes`;
  return (await request<Found>(path, { query: { base } })).data;
}

export type CrawlAction = 'stop' | 'pause' | 'resume';

export async function controlCrawl(id: string, action: CrawlAction): Promise<void> {
  await request(`/1/crawls/${encodeURIComponent(id)}/${action}`, { method: 'POST' });
}

export async function extendCrawl(id: string, pages: number): Promise<void> {
  await request(`/1/crawls/${encodeURIComponent(id)}/extend`, {
    method: 'POST',
    json: { max_pages: pages },
  });
}

export async function deleteCrawl(id: string): Promise<void> {
  await request(`/1/crawls/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export type ExportName = Body<'/1/crawls/{id}/exports', 'post'>['name'];

export async function fetchExports(id: string): Promise<CrawlExport[]> {
  type Found = Answer<'/1/crawls/{id}/exports', 'get'>;
  return (await request<Found>(`/1/crawls/${encodeURIComponent(id)}/exports`)).data ?? [];
}

export async function startExport(id: string, name: ExportName, base?: string): Promise<void> {
  await request(`/1/crawls/${encodeURIComponent(id)}/exports`, {
    method: 'POST',
    json: { name, base },
  });
}

export async function fetchSchedules(): Promise<CrawlSchedule[]> {
  return (await request<Answer<'/1/crawl_schedules', 'get'>>('/1/crawl_schedules')).data ?? [];
}

export type ScheduleOrder = Body<'/1/crawl_schedules', 'post'>;

export async function createSchedule(order: ScheduleOrder): Promise<void> {
  await request('/1/crawl_schedules', { method: 'POST', json: order });
}

export async function deleteSchedule(id: string): Promise<void> {
  await request(`/1/crawl_schedules/${encodeURIComponent(id)}`, { method: 'DELETE' });
}
