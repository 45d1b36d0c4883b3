import type { Crawl } from '../../api/types';
import { formatCount, plural } from '../../lib/format';
import { crawlError } from '../../lib/words';
import { Time } from '../ui/Time';
import { CrawlBadge } from './Badge';
import { CrawlRate } from './Rate';

const RULES: Record<string, string> = {
  depth: 'deeper than the limit',
  repetition: 'with repeating path segments',
  parameters: 'with ever new parameters',
  directory: 'in directories with ever more pages',
  pages_per_host: 'beyond the pages of one host',
};

/** What trap rules left out or held back, in words: "12 deeper than the limit". */
export function leftOut(cut: Record<string, number>): string[] {
  return Object.entries(cut)
    .filter(([, count]) => count > 0)
    .map(([rule, count]) => `${formatCount(count)} ${RULES[rule] ?? rule.replaceAll('_', ' ')}`);
}

function LeftOut({ crawl }: { crawl: Crawl }) {
  const { cut, traps = [] } = crawl.stats;
  const words = leftOut(cut as Record<string, number>);
  if (words.length === 0) return null;
  return (
    <div class="crawl-left-out" data-testid="crawl-left-out">
      <p>Links left out or held back: {words.join(', ')}.</p>
      {traps.length > 0 && (
        <details>
          <summary>{plural(traps.length, 'place')} that looked endless</summary>
          <ul>
            {traps.map((place) => (
              <li key={place}>
                <bdi>{place}</bdi>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

export function CrawlProgress({ crawl }: { crawl: Crawl }) {
  const { stats } = crawl;
  const done = stats.fetched + stats.failed + stats.skipped;
  const running = crawl.status === 'running';
  const open = running || crawl.status === 'paused';
  const share = open ? done / Math.max(1, done + stats.queued) : 1;
  const facts = [
    ['Fetched', stats.fetched],
    ['Queued', stats.queued],
    ['Discovered', stats.discovered],
    ['Failed', stats.failed],
    ['Skipped', stats.skipped],
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
      <LeftOut crawl={crawl} />
    </section>
  );
}
