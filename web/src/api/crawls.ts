import { request } from './http';
import type { Answer, Body, Crawl, CrawlPageList } from './types';

export type CrawlOrder = Body<'/1/crawls', 'post'>;

export async function startCrawl(order: CrawlOrder): Promise<string> {
  const { data } = await request<Answer<'/1/crawls', 'post'>>('/1/crawls', {
    method: 'POST',
    json: order,
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

export function fetchCrawlPages(id: string, token?: string): Promise<CrawlPageList> {
  return request(`/1/crawls/${encodeURIComponent(id)}/pages`, {
    query: { max_results: 100, pagination_token: token },
  });
}

export async function stopCrawl(id: string): Promise<void> {
  await request(`/1/crawls/${encodeURIComponent(id)}/stop`, { method: 'POST' });
}
