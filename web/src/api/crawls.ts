import { request } from './http';
import type {
  Answer,
  Body,
  Crawl,
  CrawlChanges,
  CrawlExport,
  CrawlHost,
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

/** A page of your crawls, the newest first, and the token of the next one. */
export async function fetchCrawls(token?: string): Promise<{ crawls: Crawl[]; next?: string }> {
  const { data, meta } = await request<Answer<'/1/crawls', 'get'>>('/1/crawls', {
    query: { max_results: 50, pagination_token: token },
  });
  return { crawls: data ?? [], next: meta.next_token };
}

// Five hundred crawls: whoever has more looks for the rest in the list.
const MOST_PAGES = 10;

/** Your crawls, the newest first, as far as a menu of them goes. */
export async function fetchAllCrawls(): Promise<Crawl[]> {
  const found: Crawl[] = [];
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { crawls, next } = await fetchCrawls(token);
    found.push(...crawls);
    if (!next) break;
    token = next;
  }
  return found;
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

/** One export; a ready one has a link, and each link counts as a download. */
export async function fetchExport(id: string, name: string): Promise<CrawlExport> {
  type Found = Answer<'/1/crawls/{id}/exports/{name}', 'get'>;
  const path = `/1/crawls/${encodeURIComponent(id)}/exports/${encodeURIComponent(name)}`;
  return (await request<Found>(path)).data;
}

export async function fetchHosts(
  id: string,
  token?: string,
): Promise<{ hosts: CrawlHost[]; next?: string }> {
  type Found = Answer<'/1/crawls/{id}/hosts', 'get'>;
  const { data, meta } = await request<Found>(`/1/crawls/${encodeURIComponent(id)}/hosts`, {
    query: { pagination_token: token },
  });
  return { hosts: data ?? [], next: meta.next_token };
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
