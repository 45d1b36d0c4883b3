import type { CrawlPage } from '../../api/types';
import { safeHref } from '../../lib/text/segments';
import { crawlError } from '../../lib/words';
import { EmptyState } from '../ui/Feedback';

function tone(page: CrawlPage): string {
  if (page.error || !page.status_code || page.status_code >= 400) return 'code code-bad';
  return page.status_code >= 300 ? 'code code-moved' : 'code';
}

function Row({ page }: { page: CrawlPage }) {
  const href = safeHref(page.url);
  return (
    <tr data-testid="crawl-page-row" data-url={page.url}>
      <td>
        <span class={tone(page)}>{page.status_code ?? 'Error'}</span>
      </td>
      <td class="page-cell">
        <span class="page-title-text" dir="auto">
          {page.title || 'Untitled'}
        </span>
        {href ? (
          <a href={href} target="_blank" rel="noopener noreferrer nofollow">
            {page.url}
          </a>
        ) : (
          page.url
        )}
        {page.error && <span class="page-error">{crawlError(page.error)}</span>}
      </td>
      <td class="page-type">{page.content_type?.split(';')[0]}</td>
      <td class="page-depth">{page.depth}</td>
    </tr>
  );
}

export function CrawlPages({
  pages,
  running,
  onMore,
}: {
  pages: CrawlPage[];
  running: boolean;
  onMore?: () => void;
}) {
  if (pages.length === 0) {
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
            <th scope="col" class="page-depth">
              Depth
            </th>
          </tr>
        </thead>
        <tbody>
          {pages.map((page) => (
            <Row key={page.url} page={page} />
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
