import { useEffect, useState } from 'preact/hooks';
import { fetchCrawl, fetchCrawlPages, type PageQuery } from '../../api/crawls';
import { errorText, type Failure, failureOf } from '../../api/http';
import type { Crawl, CrawlPage as Page } from '../../api/types';
import { CrawlControls } from '../../components/crawl/Controls';
import { CrawlExports } from '../../components/crawl/Exports';
import { CrawlPages, PageChoices } from '../../components/crawl/Pages';
import { CrawlProgress } from '../../components/crawl/Progress';
import { ErrorState, Skeleton } from '../../components/ui/Feedback';
import { PageHeader } from '../../components/ui/PageHeader';
import { usePolling, useTitle } from '../../state/hooks';
import { showToast } from '../../state/toasts';

const POLL_EVERY = 3000;

interface Found {
  pages: Page[];
  next?: string;
}

const NOTHING: Found = { pages: [] };

/** Keeps pages already shown in place and adds the ones not seen before. */
function merge(old: Page[], fresh: Page[]): Page[] {
  const byUrl = new Map(old.map((page) => [page.url, page]));
  for (const page of fresh) byUrl.set(page.url, page);
  return [...byUrl.values()];
}

export function CrawlPage({ id }: { id: string }) {
  const [crawl, setCrawl] = useState<Crawl | null>(null);
  const [found, setFound] = useState<Found>(NOTHING);
  const [query, setQuery] = useState<PageQuery>({});
  const [error, setError] = useState<Failure | null>(null);
  useTitle('Crawl');

  const load = async (): Promise<void> => {
    const [run, answer] = await Promise.all([fetchCrawl(id), fetchCrawlPages(id, query)]);
    const fresh = answer.data ?? [];
    setFound((old) => ({
      // A sorted list changes as a whole, unless the user has paged on.
      pages: query.sort && old.pages.length <= fresh.length ? fresh : merge(old.pages, fresh),
      // Once the user has paged on, the first page's token would lead back.
      next: old.pages.length > fresh.length ? old.next : answer.meta?.next_token,
    }));
    setCrawl(run);
    setError(null);
  };
  const first = (): void => {
    setError(null);
    setFound(NOTHING);
    load().catch((cause: unknown) => setError(failureOf(cause)));
  };
  useEffect(first, [id, query]);
  usePolling(load, POLL_EVERY, crawl?.status === 'running');

  const more = async (): Promise<void> => {
    try {
      const answer = await fetchCrawlPages(id, query, found.next);
      setFound((old) => ({
        pages: merge(old.pages, answer.data ?? []),
        next: answer.meta?.next_token,
      }));
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };

  const ended = crawl && crawl.status !== 'running' && crawl.status !== 'paused';
  return (
    <>
      <PageHeader title="Crawl" note={crawl?.url} back>
        {crawl && <CrawlControls crawl={crawl} onChange={load} />}
      </PageHeader>
      {error && !crawl && <ErrorState failure={error} onRetry={first} />}
      {!error && !crawl && <Skeleton rows={3} />}
      {crawl && (
        <>
          <CrawlProgress crawl={crawl} />
          {ended && <CrawlExports crawl={crawl} />}
          <PageChoices query={query} onChange={setQuery} />
          <CrawlPages
            pages={found.pages}
            running={crawl.status === 'running'}
            onMore={found.next ? () => void more() : undefined}
          />
        </>
      )}
    </>
  );
}
