import type { PageQuery } from '../../api/crawls';
import type { Crawl, CrawlPage } from '../../api/types';
import { formatBytes } from '../../lib/format';
import { crawledPagePath } from '../../lib/paths';
import { safeHref } from '../../lib/text/segments';
import { crawlError } from '../../lib/words';
import { Menu } from '../ui/Choice';
import { EmptyState } from '../ui/Feedback';

function tone(page: CrawlPage): string {
  if (page.error || !page.status_code || page.status_code >= 400) return 'code code-bad';
  return page.status_code >= 300 ? 'code code-moved' : 'code';
}

function Row({ crawl, page }: { crawl: Crawl; page: CrawlPage }) {
  const href = safeHref(page.url);
  return (
    <tr data-testid="crawl-page-row" data-url={page.url}>
      <td>
        <span class={tone(page)}>{page.status_code ?? 'Error'}</span>
      </td>
      <td class="page-cell">
        <a
          class="page-title-text"
          dir="auto"
          href={crawledPagePath(crawl.id, page.url)}
          data-testid="crawl-page-detail"
        >
          {page.title || 'Untitled'}
        </a>
        {href ? (
          <a href={href} target="_blank" rel="noopener noreferrer nofollow">
            {page.url}
          </a>
        ) : (
          page.url
        )}
        {page.error && <span class="page-error">{crawlError(page.error)}</span>}
        {page.found_on && (
          <span class="muted page-found" data-testid="crawl-found-on">
            found on {page.found_on}
          </span>
        )}
      </td>
      <td class="page-type">{page.content_type?.split(';')[0]}</td>
      <td class="page-type">{page.bytes === undefined ? '' : formatBytes(page.bytes)}</td>
      <td class="page-depth">{page.depth}</td>
    </tr>
  );
}

const SORTS: [string, string][] = [
  ['', 'In no order'],
  ['url', 'By address'],
  ['-status', 'By status'],
  ['depth', 'By depth'],
  ['-size', 'By size'],
  ['time', 'By time'],
  ['-time', 'Newest first'],
];
const STATUSES: [string, string][] = [
  ['', 'All pages'],
  ['fetched', 'Fetched'],
  ['failed', 'Failed'],
  ['skipped', 'Skipped'],
  ['3xx', 'Redirects'],
  ['4xx', 'Not found and other 4xx'],
  ['5xx', 'Server errors'],
];

/** How the table of pages is sorted, and which of them it shows. */
export function PageChoices({
  query,
  onChange,
}: {
  query: PageQuery;
  onChange: (query: PageQuery) => void;
}) {
  return (
    <p class="crawl-choice">
      <Menu
        label="Order"
        options={SORTS}
        value={query.sort ?? ''}
        testId="crawl-sort"
        onChange={(sort) => onChange({ ...query, sort: sort || undefined })}
      />
      <Menu
        label="Pages"
        options={STATUSES}
        value={query.status ?? ''}
        testId="crawl-filter"
        onChange={(status) => onChange({ ...query, status: status || undefined })}
      />
    </p>
  );
}

export function CrawlPages({
  crawl,
  pages,
  onMore,
}: {
  crawl: Crawl;
  pages: CrawlPage[];
  onMore?: () => void;
}) {
  if (pages.length === 0) {
    const running = crawl.status === 'running';
    return (
      <EmptyState icon="web" title={running ? 'Waiting for the first page' : 'No pages found'} />
    );
  }
  return (
    <>
      <table class="pages">
        <caption class="visually-hidden">Pages found</caption>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Page</th>
            <th scope="col" class="page-type">
              Type
            </th>
            <th scope="col" class="page-type">
              Size
            </th>
            <th scope="col" class="page-depth">
              Depth
            </th>
          </tr>
        </thead>
        <tbody>
          {pages.map((page) => (
            <Row key={page.url} crawl={crawl} page={page} />
          ))}
        </tbody>
      </table>
      {onMore && (
        <button type="button" class="show-more" onClick={onMore}>
          Show more
        </button>
      )}
    </>
  );
}
