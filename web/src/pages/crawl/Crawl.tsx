import { useEffect, useState } from 'preact/hooks';
import { fetchCrawl, fetchCrawlPages, type PageQuery } from '../../api/crawls';
import { errorText, type Failure, failureOf } from '../../api/http';
import type { Crawl, CrawlPage as Page } from '../../api/types';
import { CrawlDifference } from '../../components/crawl/Changes';
import { CrawlControls } from '../../components/crawl/Controls';
import { CrawlExports } from '../../components/crawl/Exports';
import { CrawlHosts } from '../../components/crawl/Hosts';
import { CrawlPages, PageChoices } from '../../components/crawl/Pages';
import { CrawlSite } from '../../components/crawl/Picture';
import { CrawlProgress } from '../../components/crawl/Progress';
import { EmptyState, ErrorState, Skeleton } from '../../components/ui/Feedback';
import { PageHeader } from '../../components/ui/PageHeader';
import { crawlPath } from '../../lib/paths';
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

type Section = 'pages' | 'hosts' | 'site' | 'changes' | 'exports';

const SECTIONS: Record<Section, string> = {
  pages: 'Pages',
  hosts: 'Hosts',
  site: 'Site',
  changes: 'Changes',
  exports: 'Exports',
};

function Sections({ id, section }: { id: string; section: Section }) {
  return (
    <nav class="tabs crawl-tabs" aria-label="Crawl">
      {(Object.keys(SECTIONS) as Section[]).map((name) => (
        <a
          key={name}
          href={name === 'pages' ? crawlPath(id) : `${crawlPath(id)}/${name}`}
          aria-current={name === section ? 'page' : undefined}
          data-testid={`crawl-tab-${name}`}
        >
          {SECTIONS[name]}
        </a>
      ))}
    </nav>
  );
}

export function CrawlPage({ id, section = 'pages' }: { id: string; section?: Section }) {
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
          <Sections id={id} section={section} />
          {section === 'pages' && (
            <>
              <PageChoices query={query} onChange={setQuery} />
              <CrawlPages
                crawl={crawl}
                pages={found.pages}
                onMore={found.next ? () => void more() : undefined}
              />
            </>
          )}
          {section === 'hosts' && <CrawlHosts crawl={crawl} />}
          {/* Read anew when the crawl ends. */}
          {section === 'site' && <CrawlSite key={crawl.status} crawl={crawl} />}
          {section === 'changes' && <CrawlDifference crawl={crawl} />}
          {section === 'exports' &&
            (ended ? (
              <CrawlExports crawl={crawl} />
            ) : (
              <EmptyState icon="web" title="Exports come at the end" />
            ))}
        </>
      )}
    </>
  );
}
