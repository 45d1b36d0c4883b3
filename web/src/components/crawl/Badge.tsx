import type { CrawlState } from '../../api/types';

const WORDS: Record<CrawlState, string> = {
  running: 'Running',
  paused: 'Paused',
  finished: 'Finished',
  stopped: 'Stopped',
  failed: 'Failed',
};

export function CrawlBadge({ status, testId }: { status: CrawlState; testId?: string }) {
  return (
    <span class={`status status-${status}`} data-testid={testId} data-status={status}>
      {WORDS[status] ?? status}
    </span>
  );
}
