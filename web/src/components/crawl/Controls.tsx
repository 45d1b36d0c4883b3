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

const MORE_PAGES = 10;

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
  const extend = (): Promise<void> =>
    run(async () => {
      await extendCrawl(crawl.id, crawl.max_pages * MORE_PAGES);
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
      {open && (
        <button
          type="button"
          class="button"
          disabled={busy}
          data-testid="crawl-extend"
          title={`Fetch up to ${crawl.max_pages * MORE_PAGES} pages`}
          onClick={() => void extend()}
        >
          Extend
        </button>
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
