import { useState } from 'preact/hooks';
import { type CrawlAction, controlCrawl, deleteCrawl, extendCrawl } from '../../api/crawls';
import { errorText } from '../../api/http';
import type { Crawl } from '../../api/types';
import { navigate } from '../../lib/router';
import { showToast } from '../../state/toasts';

/** Actions that a crawl of this status takes, with their label. */
export function actionsOf(status: Crawl['status']): [CrawlAction, string][] {
  if (status === 'running')
    return [
      ['pause', 'Pause'],
      ['stop', 'Stop'],
    ];
  if (status === 'paused')
    return [
      ['resume', 'Resume'],
      ['stop', 'Stop'],
    ];
  return [];
}

const MORE_TIMES = 10;
const MOST_PAGES = 100_000;
const REOPENED_FOR = 7 * 24 * 3_600_000;

/** True if the API lets a crawl have more pages. */
export function mayExtend(crawl: Crawl, now: number): boolean {
  if (crawl.max_pages >= MOST_PAGES) return false;
  if (crawl.status === 'running' || crawl.status === 'paused') return true;
  const plainEnd = crawl.frontier === 'plain' && crawl.status === 'finished';
  if (crawl.status === 'failed' || plainEnd || crawl.keep_days === 0) return false;
  return now - new Date(crawl.created_at).getTime() < REOPENED_FOR;
}

/** The number of pages that is proposed to somebody who wants more. */
export function proposedPages(crawl: Crawl): number {
  return Math.min(MOST_PAGES, crawl.max_pages * MORE_TIMES);
}

function Extend({
  crawl,
  busy,
  onExtend,
}: {
  crawl: Crawl;
  busy: boolean;
  onExtend: (pages: number) => void;
}) {
  const [pages, setPages] = useState<string | null>(null);
  if (pages === null) {
    return (
      <button
        type="button"
        class="button"
        disabled={busy}
        data-testid="crawl-extend"
        onClick={() => setPages(String(proposedPages(crawl)))}
      >
        Extend
      </button>
    );
  }
  return (
    <form
      class="crawl-extend"
      onSubmit={(event) => {
        event.preventDefault();
        setPages(null);
        onExtend(Number(pages));
      }}
    >
      <input
        type="number"
        aria-label="Maximum pages"
        min={crawl.max_pages + 1}
        max={MOST_PAGES}
        value={pages}
        required
        data-testid="crawl-extend-pages"
        onInput={(event) => setPages(event.currentTarget.value)}
      />
      <button type="submit" class="button" disabled={busy} data-testid="crawl-extend-submit">
        Fetch up to these
      </button>
    </form>
  );
}

export function CrawlControls({
  crawl,
  onChange,
}: {
  crawl: Crawl;
  onChange: () => Promise<void>;
}) {
  const [busy, setBusy] = useState(false);
  const run = async (task: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await task();
    } catch (cause) {
      showToast(errorText(cause), 'error');
    } finally {
      setBusy(false);
    }
  };
  const act = (action: CrawlAction): Promise<void> =>
    run(async () => {
      await controlCrawl(crawl.id, action);
      await onChange();
    });
  const extend = (pages: number): Promise<void> =>
    run(async () => {
      await extendCrawl(crawl.id, pages);
      await onChange();
    });
  const remove = (): Promise<void> =>
    run(async () => {
      await deleteCrawl(crawl.id);
      navigate('/crawls');
    });
  const open = crawl.status === 'running' || crawl.status === 'paused';
  return (
    <div class="crawl-controls">
      {actionsOf(crawl.status).map(([action, label]) => (
        <button
          key={action}
          type="button"
          class="button"
          disabled={busy}
          data-testid={`crawl-${action}`}
          onClick={() => void act(action)}
        >
          {label}
        </button>
      ))}
      {mayExtend(crawl, Date.now()) && (
        <Extend crawl={crawl} busy={busy} onExtend={(pages) => void extend(pages)} />
      )}
      {!open && (
        <button
          type="button"
          class="button"
          disabled={busy}
          data-testid="crawl-delete"
          onClick={() => {
            if (confirm('Delete this crawl with its pages and exports?')) void remove();
          }}
        >
          Delete
        </button>
      )}
    </div>
  );
}
