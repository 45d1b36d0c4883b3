import { fetchCrawlPicture } from '../../api/crawls';
import type { Crawl, CrawlPicture } from '../../api/types';
import { formatCount, plural } from '../../lib/format';
import { crawledPagePath } from '../../lib/paths';
import { branches, onRings } from '../../lib/sitemap';
import { crawlError } from '../../lib/words';
import { useLoaded } from '../../state/load';
import { ErrorState, Skeleton } from '../ui/Feedback';

type Node = CrawlPicture['nodes'][number];

const SIZE = 560;
const MARGIN = 12;

const toneOf = (node: Node): string =>
  node.state === 'failed' ? 'bad' : (node.status_code ?? 200) >= 300 ? 'moved' : node.state;

const nameOf = (node: Node): string => {
  const { pathname, search } = new URL(node.url);
  return `${pathname}${search}`;
};

function Errors({ picture }: { picture: CrawlPicture }) {
  if (picture.errors.length === 0) return null;
  return (
    <section aria-labelledby="errors-title" data-testid="crawl-errors">
      <h2 class="section-title" id="errors-title">
        Errors by kind
      </h2>
      <ul class="crawl-counts">
        {picture.errors.map(({ error, pages }) => (
          <li key={error} data-error={error}>
            <span class="code code-bad">{formatCount(pages)}</span> {crawlError(error)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Bars({ title, rows }: { title: string; rows: [string, number, boolean][] }) {
  const most = Math.max(1, ...rows.map(([, pages]) => pages));
  return (
    <section class="crawl-bars" aria-label={title}>
      <h3>{title}</h3>
      <ul>
        {rows.map(([label, pages, bad]) => (
          <li key={label}>
            <span class="crawl-bar-label">
              <bdi>{label}</bdi>
            </span>
            <span class="crawl-bar" aria-hidden="true">
              <span class={bad ? 'bad' : ''} style={{ width: `${(pages / most) * 100}%` }} />
            </span>
            <span class="crawl-bar-count">{formatCount(pages)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Graph({ crawl, nodes }: { crawl: Crawl; nodes: Node[] }) {
  const spots = onRings(nodes).map(({ x, y }) => ({
    x: SIZE / 2 + x * (SIZE / 2 - MARGIN),
    y: SIZE / 2 + y * (SIZE / 2 - MARGIN),
  }));
  return (
    <svg
      class="crawl-graph"
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      role="group"
      aria-label={`Graph of ${plural(nodes.length, 'page')}`}
      data-testid="crawl-graph"
    >
      {nodes.map((node, number) => {
        const from = node.parent === undefined ? undefined : spots[node.parent];
        const to = spots[number];
        return from && to && <line key={node.url} x1={from.x} y1={from.y} x2={to.x} y2={to.y} />;
      })}
      {nodes.map((node, number) => (
        <a
          key={node.url}
          href={crawledPagePath(crawl.id, node.url)}
          aria-label={node.title || nameOf(node)}
        >
          <circle
            class={toneOf(node)}
            cx={spots[number]?.x}
            cy={spots[number]?.y}
            r={node.parent === undefined ? 9 : 5}
          >
            <title>{`${node.title ?? ''}\n${nameOf(node)}`}</title>
          </circle>
        </a>
      ))}
    </svg>
  );
}

function Branch({
  crawl,
  nodes,
  below,
  number,
}: {
  crawl: Crawl;
  nodes: Node[];
  below: number[][];
  number: number;
}) {
  const node = nodes[number];
  const own = below[number] ?? [];
  if (!node) return null;
  const line = (
    <a href={crawledPagePath(crawl.id, node.url)} class={`tree-${toneOf(node)}`}>
      <bdi>{nameOf(node)}</bdi>
    </a>
  );
  if (own.length === 0) return <li>{line}</li>;
  return (
    <li>
      <details open={node.parent === undefined}>
        <summary>
          {line} <span class="muted">{plural(own.length, 'page')}</span>
        </summary>
        <ul>
          {own.map((child) => (
            <Branch key={child} crawl={crawl} nodes={nodes} below={below} number={child} />
          ))}
        </ul>
      </details>
    </li>
  );
}

/** The site that a crawl has seen: errors by kind, numbers, a graph and a tree. */
export function CrawlSite({ crawl }: { crawl: Crawl }) {
  const { data: picture, error, reload } = useLoaded(() => fetchCrawlPicture(crawl.id));
  if (error) return <ErrorState failure={error} onRetry={reload} />;
  if (!picture) return <Skeleton rows={4} />;
  const { children, roots } = branches(picture.nodes);
  const shown = picture.nodes.length;
  return (
    <div class="crawl-site" data-testid="crawl-site">
      <Errors picture={picture} />
      <div class="crawl-bars-row">
        <Bars
          title="Status"
          rows={picture.statuses.map((one) => [
            String(one.status_code),
            one.pages,
            one.status_code >= 400,
          ])}
        />
        <Bars
          title="Depth"
          rows={picture.depths.map((one) => [String(one.depth), one.pages, false])}
        />
      </div>
      <Bars
        title="Directories"
        rows={picture.directories.map((one) => [
          new URL(one.url).pathname,
          one.pages,
          one.failed === one.pages,
        ])}
      />
      <section aria-labelledby="graph-title">
        <h2 class="section-title" id="graph-title">
          Graph and tree
        </h2>
        <p class="muted crawl-note">
          {shown < picture.pages
            ? `The ${shown} pages nearest to the start, of ${formatCount(picture.pages)}`
            : plural(shown, 'page')}
          , each below the page that was first to link to it.
          {!picture.complete && ' Numbers cover the first 10,000 pages; exports have all.'}
        </p>
        <Graph crawl={crawl} nodes={picture.nodes} />
        <ul class="crawl-tree" data-testid="crawl-tree">
          {roots.map((number) => (
            <Branch
              key={number}
              crawl={crawl}
              nodes={picture.nodes}
              below={children}
              number={number}
            />
          ))}
        </ul>
      </section>
    </div>
  );
}
