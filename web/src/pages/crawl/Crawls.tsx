import { useEffect, useState } from 'preact/hooks';
import { fetchCrawls } from '../../api/crawls';
import { errorText, type Failure, failureOf } from '../../api/http';
import type { Crawl } from '../../api/types';
import { CrawlBadge } from '../../components/crawl/Badge';
import { CrawlForm } from '../../components/crawl/Form';
import { CrawlSchedules } from '../../components/crawl/Schedules';
import { EmptyState, ErrorState, Skeleton } from '../../components/ui/Feedback';
import { PageHeader } from '../../components/ui/PageHeader';
import { Time } from '../../components/ui/Time';
import { plural } from '../../lib/format';
import { crawlPath } from '../../lib/paths';
import { usePolling, useTitle } from '../../state/hooks';
import { showToast } from '../../state/toasts';

const POLL_EVERY = 5000;

function Run({ crawl }: { crawl: Crawl }) {
  return (
    <a class="run" href={crawlPath(crawl.id)} data-testid="crawl-row" data-crawl-id={crawl.id}>
      <span class="run-main">
        <strong class="run-url">{crawl.url}</strong>
        <span class="muted">
          {crawl.stats ? `${plural(crawl.stats.fetched, 'page')} · ` : ''}
          <Time at={crawl.created_at} />
        </span>
      </span>
      <CrawlBadge status={crawl.status} />
    </a>
  );
}

export function CrawlsPage() {
  useTitle('Crawls');
  const [crawls, setCrawls] = useState<Crawl[] | null>(null);
  const [next, setNext] = useState<{ token?: string; isFirst: boolean }>();
  const [scheduled, setScheduled] = useState(0);
  const [error, setError] = useState<Failure | null>(null);

  const load = async (): Promise<void> => {
    const found = await fetchCrawls();
    setCrawls((old) => {
      const fresh = new Set(found.crawls.map(({ id }) => id));
      return [...found.crawls, ...(old ?? []).filter(({ id }) => !fresh.has(id))];
    });
    // Once the user has paged on, the first page's token would lead back.
    setNext((old) =>
      old === undefined || old.isFirst ? { token: found.next, isFirst: true } : old,
    );
    setError(null);
  };
  const more = async (): Promise<void> => {
    try {
      const found = await fetchCrawls(next?.token);
      setCrawls((old) => [...(old ?? []), ...found.crawls]);
      setNext({ token: found.next, isFirst: false });
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  const first = (): void => {
    setError(null);
    load().catch((cause: unknown) => setError(failureOf(cause)));
  };
  useEffect(first, []);
  usePolling(load, POLL_EVERY, crawls?.some((crawl) => crawl.status === 'running') ?? false);

  return (
    <>
      <PageHeader title="Crawls" />
      <CrawlForm
        onSchedule={() => {
          setScheduled((old) => old + 1);
          showToast('The schedule is added.');
        }}
      />
      <section aria-labelledby="runs-title">
        <h2 class="section-title" id="runs-title">
          Your crawls
        </h2>
        {crawls?.map((crawl) => (
          <Run key={crawl.id} crawl={crawl} />
        ))}
        {next?.token && (
          <p class="crawl-choice">
            <button
              type="button"
              class="button"
              data-testid="crawls-more"
              onClick={() => void more()}
            >
              Older crawls
            </button>
          </p>
        )}
        {error && !crawls && <ErrorState failure={error} onRetry={first} />}
        {!error && !crawls && <Skeleton rows={3} />}
        {crawls?.length === 0 && (
          <EmptyState icon="web" title="No crawls yet">
            <p>Enter an address above and watch its pages come in.</p>
          </EmptyState>
        )}
      </section>
      <CrawlSchedules key={scheduled} />
    </>
  );
}
