import { useEffect, useState } from 'preact/hooks';
import { fetchAllCrawls, fetchCrawlChanges } from '../../api/crawls';
import { errorText } from '../../api/http';
import type { Crawl, CrawlChanges } from '../../api/types';
import { formatCount } from '../../lib/format';
import { crawledPagePath } from '../../lib/paths';
import { Menu } from '../ui/Choice';
import { EmptyState, FormError } from '../ui/Feedback';

const KINDS = { added: 'Added', changed: 'Changed', gone: 'Gone' } as const;
const WORDS: Record<string, string> = {
  status_code: 'status',
  digest: 'content',
  redirect_to: 'target',
};

/** What differs, in words: "title and content". */
export function inPlainWords(what: readonly string[]): string {
  return what.map((name) => WORDS[name] ?? name.replaceAll('_', ' ')).join(' and ');
}

/** Earlier crawls of the same site, the newest first. */
export function earlierThan(crawl: Crawl, all: readonly Crawl[]): Crawl[] {
  return all.filter((one) => one.url === crawl.url && one.created_at < crawl.created_at);
}

function Rows({ crawl, base, changes }: { crawl: Crawl; base: string; changes: CrawlChanges }) {
  return (
    <table class="pages" data-testid="crawl-changes">
      <caption class="visually-hidden">Changed pages</caption>
      <thead>
        <tr>
          <th scope="col">Change</th>
          <th scope="col">Page</th>
          <th scope="col">Status</th>
        </tr>
      </thead>
      <tbody>
        {changes.pages.map((page) => (
          <tr key={page.url} data-testid="crawl-change" data-change={page.change}>
            <td>
              <span class={`change change-${page.change}`}>{KINDS[page.change]}</span>
            </td>
            <td class="page-cell">
              <a href={crawledPagePath(page.change === 'gone' ? base : crawl.id, page.url)}>
                {page.url}
              </a>
              {page.what && <span class="muted page-found">{inPlainWords(page.what)}</span>}
            </td>
            <td>
              {[...new Set([page.status_before, page.status_now])]
                .filter((status) => status !== undefined)
                .join(' → ')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What changed on a site since an earlier crawl of it. */
export function CrawlDifference({ crawl }: { crawl: Crawl }) {
  const [earlier, setEarlier] = useState<Crawl[] | null>(null);
  const [base, setBase] = useState('');
  const [changes, setChanges] = useState<CrawlChanges | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    fetchAllCrawls()
      .then((all) => {
        const found = earlierThan(crawl, all);
        setEarlier(found);
        setBase(found[0]?.id ?? '');
      })
      .catch((cause: unknown) => setError(errorText(cause)));
  }, [crawl.id]);
  useEffect(() => {
    let left = false;
    setChanges(null);
    if (base) {
      fetchCrawlChanges(crawl.id, base)
        .then((found) => !left && setChanges(found))
        .catch((cause: unknown) => !left && setError(errorText(cause)));
    }
    return () => {
      left = true;
    };
  }, [crawl.id, base]);
  if (earlier?.length === 0) {
    return (
      <EmptyState icon="web" title="No earlier crawl">
        <p>Crawl this site once more, or on a schedule, and see here what changed.</p>
      </EmptyState>
    );
  }
  return (
    <section class="crawl-difference" aria-label="Changes">
      <p class="crawl-choice">
        <Menu
          label="Since the crawl of"
          options={(earlier ?? []).map((one) => [
            one.id,
            `Since ${new Date(one.created_at).toLocaleString()}`,
          ])}
          value={base}
          onChange={setBase}
          testId="crawl-base"
        />
      </p>
      <FormError text={error} />
      {changes && (
        <>
          <dl class="stats stats-three">
            {(Object.keys(KINDS) as (keyof typeof KINDS)[]).map((kind) => (
              <div key={kind}>
                <dt>{KINDS[kind]}</dt>
                <dd data-testid={`crawl-${kind}`}>{formatCount(changes[kind])}</dd>
              </div>
            ))}
          </dl>
          {!changes.complete && (
            <p class="muted crawl-note">
              These are the first 10,000 pages; the export of the difference has all.
            </p>
          )}
          {changes.pages.length === 0 && <p class="muted crawl-note">Nothing has changed.</p>}
          {changes.pages.length > 0 && <Rows crawl={crawl} base={base} changes={changes} />}
        </>
      )}
    </section>
  );
}
