import { useEffect, useState } from 'preact/hooks';
import {
  type ExportName,
  fetchAllCrawls,
  fetchExport,
  fetchExports,
  startExport,
} from '../../api/crawls';
import { errorText } from '../../api/http';
import type { Crawl, CrawlExport } from '../../api/types';
import { formatBytes } from '../../lib/format';
import { inWords } from '../../lib/words';
import { usePolling } from '../../state/hooks';
import { showToast } from '../../state/toasts';
import { Menu } from '../ui/Choice';
import { Time } from '../ui/Time';
import { earlierThan } from './Changes';

const POLL_EVERY = 1500;
const NAMES: [ExportName, string][] = [
  ['pages.csv', 'Pages as CSV'],
  ['pages.jsonl', 'Pages as JSON Lines'],
  ['pages.parquet', 'Pages as Parquet'],
  ['graph.csv', 'Links as CSV'],
  ['graph.graphml', 'Links as GraphML'],
  ['sitemap.xml', 'Sitemap'],
  ['sitemap-1.xml', 'Sitemap, part 1'],
  ['sitemap-2.xml', 'Sitemap, part 2'],
  ['broken-links.csv', 'Broken links'],
  ['redirects.csv', 'Redirects'],
  ['duplicates.csv', 'Duplicates'],
  ['orphans.csv', 'Orphan pages'],
  ['pagerank.csv', 'PageRank'],
  ['archive.warc.gz', 'Bodies as WARC'],
  ['archive.cdxj', 'Index of the WARC file'],
];
// What each is made of; a sitemap of more pages is an index with parts.
const OF_LINKS = new Set(['graph.csv', 'graph.graphml', 'orphans.csv', 'pagerank.csv']);
const OF_BODIES = new Set(['archive.warc.gz', 'archive.cdxj']);
const PARTS = new Set(['sitemap-1.xml', 'sitemap-2.xml']);
const SITEMAP_PAGES = 50_000;

/** The exports that a crawl has, with their labels. */
export function exportsOf(crawl: Crawl): [ExportName, string][] {
  const { store = ['graph'] } = (crawl.options ?? {}) as { store?: string[] };
  return NAMES.filter(([name]) => {
    if (OF_LINKS.has(name)) return store.includes('graph');
    if (OF_BODIES.has(name)) return store.includes('warc');
    return !PARTS.has(name) || crawl.stats.fetched > SITEMAP_PAGES;
  });
}

function Entry({ crawl, entry }: { crawl: Crawl; entry: CrawlExport }) {
  const download = async (): Promise<void> => {
    try {
      const { url } = await fetchExport(crawl.id, entry.name);
      if (url) location.assign(url);
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <li data-testid="crawl-export" data-name={entry.name} data-status={entry.status}>
      {entry.status === 'ready' ? (
        <button type="button" class="link-button" onClick={() => void download()}>
          <bdi>{entry.name}</bdi>
        </button>
      ) : (
        <bdi>{entry.name}</bdi>
      )}{' '}
      <span class="muted">
        {entry.status === 'pending' && 'is being made'}
        {entry.status === 'failed' && (entry.reason ? inWords(entry.reason) : 'failed')}
        {entry.status === 'ready' && (
          <>
            {formatBytes(entry.bytes ?? 0)} · <Time at={entry.requested_at} />
          </>
        )}
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
    fetchAllCrawls()
      .then((all) => setEarlier(earlierThan(crawl, all)))
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
        <Menu
          label="Export"
          options={exportsOf(crawl)}
          value={name}
          onChange={(value) => setName(value as ExportName)}
          testId="crawl-export-name"
        />
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
          <Menu
            label="Compare with"
            options={[
              ['', 'Compare with an earlier crawl…'],
              ...earlier.map((one): [string, string] => [
                one.id,
                new Date(one.created_at).toLocaleString(),
              ]),
            ]}
            value=""
            onChange={(base) => void (base && start('difference.csv', base))}
            testId="crawl-compare"
          />
        </p>
      )}
      <ul>
        {entries.map((entry) => (
          <Entry key={entry.name} crawl={crawl} entry={entry} />
        ))}
      </ul>
    </section>
  );
}
