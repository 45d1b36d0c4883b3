import { useEffect, useState } from 'preact/hooks';
import { fetchCrawl, fetchCrawlPages, stopCrawl } from '../../api/crawls';
import { errorText, type Failure, failureOf } from '../../api/http';
import type { Crawl, CrawlPage as Page } from '../../api/types';
import { CrawlPages } from '../../components/crawl/Pages';
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

/** Keeps pages already shown in place and adds the ones not seen before. */
function merge(old: Page[], fresh: Page[]): Page[] {
  const byUrl = new Map(old.map((page) => [page.url, page]));
  for (const page of fresh) byUrl.set(page.url, page);
  return [...byUrl.values()];
}

export function CrawlPage({ id }: { id: string }) {
  const [crawl, setCrawl] = useState<Crawl | null>(null);
  const [found, setFound] = useState<Found>({ pages: [] });
  const [error, setError] = useState<Failure | null>(null);
  const [stopping, setStopping] = useState(false);
  useTitle('Crawl');

  const load = async (): Promise<void> => {
    const [run, answer] = await Promise.all([fetchCrawl(id), fetchCrawlPages(id)]);
    setFound((old) => ({
      pages: merge(old.pages, answer.data ?? []),
      // Once the user has paged on, the first page's token would lead back.
      next: old.pages.length > (answer.data?.length ?? 0) ? old.next : answer.meta?.next_token,
    }));
    setCrawl(run);
    setError(null);
  };
  const first = (): void => {
    setError(null);
    load().catch((cause: unknown) => setError(failureOf(cause)));
  };
  useEffect(first, [id]);
  usePolling(load, POLL_EVERY, crawl?.status === 'running');

  const more = async (): Promise<void> => {
    try {
      const answer = await fetchCrawlPages(id, found.next);
      setFound((old) => ({
        pages: merge(old.pages, answer.data ?? []),
        next: answer.meta?.next_token,
      }));
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };

  const stop = async (): Promise<void> => {
    setStopping(true);
    try {
      await stopCrawl(id);
      await load();
    } catch (cause) {
      showToast(errorText(cause), 'error');
    } finally {
      setStopping(false);
    }
  };

  return (
    <>
      <PageHeader title="Crawl" note={crawl?.url} back>
        {crawl?.status === 'running' && (
          <button
            type="button"
            class="button"
            disabled={stopping}
            data-testid="crawl-stop"
            onClick={() => void stop()}
          >
            {stopping ? 'Stopping…' : 'Stop'}
          </button>
        )}
      </PageHeader>
      {error && !crawl && <ErrorState failure={error} onRetry={first} />}
      {!error && !crawl && <Skeleton rows={3} />}
      {crawl && (
        <>
          <CrawlProgress crawl={crawl} />
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
