import { useEffect, useState } from 'preact/hooks';
import { type ExportName, fetchCrawls, fetchExports, startExport } from '../../api/crawls';
import { errorText } from '../../api/http';
import type { Crawl, CrawlExport } from '../../api/types';
import { usePolling } from '../../state/hooks';
import { showToast } from '../../state/toasts';
import { Time } from '../ui/Time';

const POLL_EVERY = 1500;
const NAMES: [ExportName, string][] = [
  ['pages.csv', 'Pages as CSV'],
  ['pages.jsonl', 'Pages as JSON Lines'],
  ['pages.parquet', 'Pages as Parquet'],
  ['graph.csv', 'Links as CSV'],
  ['graph.graphml', 'Links as GraphML'],
  ['sitemap.xml', 'Sitemap'],
  ['broken-links.csv', 'Broken links'],
  ['redirects.csv', 'Redirects'],
  ['duplicates.csv', 'Duplicates'],
  ['orphans.csv', 'Orphan pages'],
  ['pagerank.csv', 'PageRank'],
];

function Entry({ entry }: { entry: CrawlExport }) {
  return (
    <li data-testid="crawl-export" data-name={entry.name} data-status={entry.status}>
      {entry.url ? (
        <a href={entry.url} download>
          <bdi>{entry.name}</bdi>
        </a>
      ) : (
        <bdi>{entry.name}</bdi>
      )}{' '}
      <span class="muted">
        {entry.status === 'pending' && 'is being made'}
        {entry.status === 'failed' && (entry.reason ?? 'failed')}
        {entry.status === 'ready' && <Time at={entry.requested_at} />}
      </span>
    </li>
  );
}

/** Files of an ended crawl, and its difference from an earlier one of the same site. */
export function CrawlExports({ crawl }: { crawl: Crawl }) {
  const [entries, setEntries] = useState<CrawlExport[]>([]);
  const [earlier, setEarlier] = useState<Crawl[]>([]);
  const [name, setName] = useState<ExportName>('pages.csv');
  const load = async (): Promise<void> => setEntries(await fetchExports(crawl.id));
  useEffect(() => {
    load().catch((cause: unknown) => showToast(errorText(cause), 'error'));
    fetchCrawls()
      .then((all) =>
        setEarlier(all.filter((one) => one.url === crawl.url && one.created_at < crawl.created_at)),
      )
      .catch(() => undefined);
  }, [crawl.id]);
  usePolling(
    load,
    POLL_EVERY,
    entries.some((entry) => entry.status === 'pending'),
  );
  const start = async (wanted: ExportName, base?: string): Promise<void> => {
    try {
      await startExport(crawl.id, wanted, base);
      await load();
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <section class="crawl-exports" aria-labelledby="exports-title">
      <h2 class="section-title" id="exports-title">
        Exports and reports
      </h2>
      <p class="crawl-choice">
        <select
          aria-label="Export"
          value={name}
          data-testid="crawl-export-name"
          onChange={(event) => setName(event.currentTarget.value as ExportName)}
        >
          {NAMES.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="button"
          data-testid="crawl-export-start"
          onClick={() => void start(name)}
        >
          Export
        </button>
      </p>
      {earlier.length > 0 && (
        <p class="crawl-choice">
          <select
            aria-label="Compare with"
            value=""
            data-testid="crawl-compare"
            onChange={(event) => void start('difference.csv', event.currentTarget.value)}
          >
            <option value="">Compare with an earlier crawl…</option>
            {earlier.map((one) => (
              <option key={one.id} value={one.id}>
                {new Date(one.created_at).toLocaleString()}
              </option>
            ))}
          </select>
        </p>
      )}
      <ul>
        {entries.map((entry) => (
          <Entry key={entry.name} entry={entry} />
        ))}
      </ul>
    </section>
  );
}
