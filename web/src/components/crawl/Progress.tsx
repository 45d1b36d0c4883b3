import type { Crawl } from '../../api/types';
import { formatCount } from '../../lib/format';
import { crawlError } from '../../lib/words';
import { Time } from '../ui/Time';
import { CrawlBadge } from './Badge';
import { CrawlRate } from './Rate';

export function CrawlProgress({ crawl }: { crawl: Crawl }) {
  const stats = crawl.stats ?? { fetched: 0, discovered: 0, failed: 0, queued: 0 };
  const done = stats.fetched + stats.failed;
  const running = crawl.status === 'running';
  const open = running || crawl.status === 'paused';
  const share = open ? done / Math.max(1, done + stats.queued) : 1;
  const facts = [
    ['Fetched', stats.fetched],
    ['Queued', stats.queued],
    ['Discovered', stats.discovered],
    ['Failed', stats.failed],
  ] as const;
  return (
    <section class="crawl-progress" aria-label="Progress">
      <p class="crawl-line">
        <span role="status">
          <CrawlBadge status={crawl.status} testId="crawl-status" />
        </span>
        <span class="muted">
          started <Time at={crawl.created_at} full /> · {crawl.order}, {crawl.scope}, up to{' '}
          {formatCount(crawl.max_pages)} pages
        </span>
      </p>
      {!running && crawl.reason && <p class="crawl-reason">{crawlError(crawl.reason)}</p>}
      <div
        class={`bar bar-${crawl.status}`}
        role="progressbar"
        aria-label="Pages done"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <span style={{ width: `${share * 100}%` }} />
      </div>
      {running && <CrawlRate crawl={crawl} />}
      <dl class="stats">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{formatCount(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
