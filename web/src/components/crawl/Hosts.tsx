import { useEffect, useState } from 'preact/hooks';
import { fetchHosts } from '../../api/crawls';
import { errorText, type Failure, failureOf } from '../../api/http';
import type { Crawl, CrawlHost } from '../../api/types';
import { formatCount } from '../../lib/format';
import { usePolling } from '../../state/hooks';
import { showToast } from '../../state/toasts';
import { EmptyState, ErrorState, Skeleton } from '../ui/Feedback';
import { Time } from '../ui/Time';

const POLL_EVERY = 3000;

/** State of a host in words. */
export function hostState(host: CrawlHost, now: number, status: Crawl['status']): string {
  if (host.busy) return 'being read';
  if (host.waiting === 0) return 'done';
  if (status === 'paused') return 'paused';
  if (status !== 'running') return 'left when the crawl ended';
  if (host.next_at && new Date(host.next_at).getTime() > now) return 'waits for its next moment';
  return 'waits for a worker';
}

function Row({ host, status }: { host: CrawlHost; status: Crawl['status'] }) {
  const state = hostState(host, Date.now(), status);
  return (
    <tr data-testid="crawl-host" data-host={host.host}>
      <td class="page-cell">
        <bdi class="page-title-text">{host.host}</bdi>
        <span class="muted page-found">
          {state}
          {status === 'running' && host.next_at && host.waiting > 0 && !host.busy && (
            <>
              {' '}
              (<Time at={host.next_at} full />)
            </>
          )}
          {host.delay_ms ? ` · slow: ${(host.delay_ms / 1000).toFixed(1)} s between requests` : ''}
        </span>
        {host.failures > 0 && host.waiting > 0 && (
          <span class="page-error">{formatCount(host.failures)} failed attempts in a row</span>
        )}
      </td>
      <td>{formatCount(host.waiting)}</td>
      <td>{formatCount(host.done)}</td>
    </tr>
  );
}

/** The hosts of a crawl with their queues, the longest first. */
export function CrawlHosts({ crawl }: { crawl: Crawl }) {
  const [hosts, setHosts] = useState<CrawlHost[] | null>(null);
  const [next, setNext] = useState<string | undefined>();
  const [error, setError] = useState<Failure | null>(null);
  const load = async (): Promise<void> => {
    const found = await fetchHosts(crawl.id);
    setHosts(found.hosts);
    setNext(found.next);
    setError(null);
  };
  const first = (): void => {
    load().catch((cause: unknown) => setError(failureOf(cause)));
  };
  useEffect(first, [crawl.id, crawl.status]);
  // Whoever has paged on keeps what is shown.
  usePolling(load, POLL_EVERY, crawl.status === 'running' && (hosts?.length ?? 0) <= 100);
  const more = async (): Promise<void> => {
    try {
      const found = await fetchHosts(crawl.id, next);
      setHosts((old) => [...(old ?? []), ...found.hosts]);
      setNext(found.next);
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  if (error && !hosts) return <ErrorState failure={error} onRetry={first} />;
  if (!hosts) return <Skeleton rows={3} />;
  if (hosts.length === 0) {
    return (
      <EmptyState icon="web" title="No queues of hosts">
        <p>
          {crawl.frontier === 'plain'
            ? 'A plain crawl has one queue for all pages.'
            : 'They are kept for eight days.'}
        </p>
      </EmptyState>
    );
  }
  const ordered = [...hosts].sort((a, b) => b.waiting - a.waiting || b.done - a.done);
  return (
    <>
      <table class="pages hosts">
        <caption class="visually-hidden">Hosts</caption>
        <thead>
          <tr>
            <th scope="col">Host</th>
            <th scope="col">Waiting</th>
            <th scope="col">Done</th>
          </tr>
        </thead>
        <tbody>
          {ordered.map((host) => (
            <Row key={host.host} host={host} status={crawl.status} />
          ))}
        </tbody>
      </table>
      {next && (
        <p class="crawl-choice">
          <button type="button" class="button" onClick={() => void more()}>
            More hosts
          </button>
        </p>
      )}
    </>
  );
}
