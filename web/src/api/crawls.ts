import { request } from './http';
import type { Crawl, CrawlPage, PageMeta } from './types';

export interface CrawlOrder {
  url: string;
  max_pages?: number;
  max_depth?: number;
  allow_private?: boolean;
}

export async function startCrawl(order: CrawlOrder): Promise<string> {
  const { data } = await request<{ data: { id: string } }>('/1/crawls', {
    method: 'POST',
    json: order,
  });
  return data.id;
}

export async function fetchCrawls(): Promise<Crawl[]> {
  return (await request<{ data?: Crawl[] }>('/1/crawls')).data ?? [];
}

export async function fetchCrawl(id: string): Promise<Crawl> {
  return (await request<{ data: Crawl }>(`/1/crawls/${encodeURIComponent(id)}`)).data;
}

export function fetchCrawlPages(
  id: string,
  token?: string,
): Promise<{ data?: CrawlPage[]; meta?: PageMeta }> {
  return request(`/1/crawls/${encodeURIComponent(id)}/pages`, {
    query: { max_results: 100, pagination_token: token },
  });
}

export async function stopCrawl(id: string): Promise<void> {
  await request(`/1/crawls/${encodeURIComponent(id)}/stop`, { method: 'POST' });
}
