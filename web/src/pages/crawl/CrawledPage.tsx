import { useEffect, useState } from 'preact/hooks';
import { fetchCrawlPage } from '../../api/crawls';
import { type Failure, failureOf } from '../../api/http';
import type { CrawlPageDetail } from '../../api/types';
import { ErrorState, Skeleton } from '../../components/ui/Feedback';
import { PageHeader } from '../../components/ui/PageHeader';
import { Time } from '../../components/ui/Time';
import { formatBytes } from '../../lib/format';
import { crawledPagePath } from '../../lib/paths';
import { place } from '../../lib/router';
import { safeHref } from '../../lib/text/segments';
import { crawlError } from '../../lib/words';
import { useTitle } from '../../state/hooks';

type Link = CrawlPageDetail['links_out'][number];

/** What a page's answer and head say, as pairs; those that are missing are left out. */
export function factsOf(page: CrawlPageDetail): [string, string][] {
  const facts: [string, string | undefined][] = [
    ['Status', page.status_code?.toString()],
    ['Type', page.content_type],
    ['Size', page.bytes === undefined ? undefined : formatBytes(page.bytes)],
    ['Depth', String(page.depth)],
    ['Leads to', page.redirect_to],
    ['Language', page.language],
    ['Canonical', page.canonical],
    ['Robots', page.robots],
    ['Description', page.description],
    ['ETag', page.etag],
    ['Last modified', page.last_modified],
    ['Headings', page.headings?.join(' · ')],
  ];
  return facts.filter((fact): fact is [string, string] => Boolean(fact[1]));
}

/** Links, each target once, with how often it stands there. */
export function distinct(links: readonly Link[]): (Link & { times: number })[] {
  const found = new Map<string, Link & { times: number }>();
  for (const link of links) {
    const known = found.get(link.url);
    if (known) known.times += 1;
    else found.set(link.url, { ...link, times: 1 });
  }
  return [...found.values()];
}

function Links({
  id,
  title,
  links,
  note,
}: {
  id: string;
  title: string;
  links: Link[];
  note?: string;
}) {
  const rows = distinct(links);
  return (
    <details class="page-part" open={rows.length <= 20}>
      <summary>
        {title} <span class="muted">{rows.length}</span>
      </summary>
      {note && <p class="muted">{note}</p>}
      <ul class="page-links">
        {rows.map((link) => (
          <li key={link.url} data-testid="page-link">
            <a href={crawledPagePath(id, link.url)}>
              <bdi>{link.url}</bdi>
            </a>
            {link.text && (
              <span class="muted" dir="auto">
                {link.text}
              </span>
            )}
            {link.rel && <span class="muted">{link.rel}</span>}
            {link.times > 1 && <span class="muted">{link.times}×</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Pairs({ pairs }: { pairs: [string, string][] }) {
  return (
    <dl class="page-facts">
      {pairs.map(([name, value], number) => (
        <div key={number}>
          <dt dir="auto">{name}</dt>
          <dd dir="auto">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const asText = (value: unknown): string =>
  Array.isArray(value)
    ? value.join(' · ')
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

function Detail({ id, page }: { id: string; page: CrawlPageDetail }) {
  const href = safeHref(page.url);
  const fields = Object.entries(page.fields ?? {}).map(([name, value]): [string, string] => [
    name,
    asText(value),
  ]);
  return (
    <article class="page-detail" data-testid="page-detail">
      <h2 dir="auto">{page.title || 'Untitled'}</h2>
      <p class="page-address">
        {href ? (
          <a href={href} target="_blank" rel="noopener noreferrer nofollow">
            {page.url}
          </a>
        ) : (
          page.url
        )}
      </p>
      <p class="muted">
        {page.state} <Time at={page.fetched_at} full />
        {page.found_on && (
          <>
            , found on <a href={crawledPagePath(id, page.found_on)}>{page.found_on}</a>
          </>
        )}
      </p>
      {page.error && <p class="page-error">{crawlError(page.error)}</p>}
      <Pairs pairs={factsOf(page)} />
      {fields.length > 0 && (
        <section aria-label="Columns">
          <h3>Columns</h3>
          <Pairs pairs={fields} />
        </section>
      )}
      <Links id={id} title="Links on this page" links={page.links_out} />
      <Links
        id={id}
        title="Links to this page"
        links={page.links_in}
        note={page.links_in_complete ? undefined : 'Some of them: exports have all.'}
      />
      {page.headers && (
        <details class="page-part" data-testid="page-headers">
          <summary>
            Headers <span class="muted">{page.headers.length}</span>
          </summary>
          <Pairs pairs={page.headers.map(({ name, value }) => [name, value])} />
        </details>
      )}
      {page.text === undefined ? (
        <p class="muted">
          This crawl keeps no bodies. To see headers and bodies, tick “Keep bodies” for the next
          one.
        </p>
      ) : (
        <details class="page-part" data-testid="page-text">
          <summary>Body as text</summary>
          <pre dir="auto">{page.text}</pre>
          {!page.text_complete && <p class="muted">Cut here.</p>}
        </details>
      )}
    </article>
  );
}

/** One page that a crawl has dealt with; its address is in the query. */
export function CrawledPage({ id }: { id: string }) {
  useTitle('Crawled page');
  const url = place.value.query.get('url') ?? '';
  const [page, setPage] = useState<CrawlPageDetail | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const load = (): void => {
    setPage(null);
    setError(null);
    fetchCrawlPage(id, url)
      .then(setPage)
      .catch((cause: unknown) => setError(failureOf(cause)));
  };
  useEffect(load, [id, url]);
  return (
    <>
      <PageHeader title="Page" note={url} back />
      {error && <ErrorState failure={error} onRetry={load} />}
      {!error && !page && <Skeleton rows={4} />}
      {page && <Detail id={id} page={page} />}
    </>
  );
}
