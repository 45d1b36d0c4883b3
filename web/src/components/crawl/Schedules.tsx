import { useEffect, useState } from 'preact/hooks';
import { type CrawlOrder, deleteSchedule, fetchSchedules } from '../../api/crawls';
import { errorText } from '../../api/http';
import type { CrawlSchedule } from '../../api/types';
import { plural } from '../../lib/format';
import { crawlPath } from '../../lib/paths';
import { showToast } from '../../state/toasts';
import { FormError } from '../ui/Feedback';
import { Time } from '../ui/Time';

const DEFAULT_PAGES = 100;

function Row({ schedule, onDelete }: { schedule: CrawlSchedule; onDelete: () => void }) {
  const crawl = schedule.crawl as CrawlOrder;
  return (
    <div class="run" data-testid="schedule-row">
      <span class="run-main">
        <strong class="run-url">{crawl.url ?? crawl.seeds?.[0]}</strong>
        <span class="muted">
          {schedule.expression}
          {schedule.timezone !== 'UTC' && ` (${schedule.timezone})`}
          {` · up to ${plural(crawl.max_pages ?? DEFAULT_PAGES, 'page')}`}
          {schedule.recrawl === 'changed' && ' · changes only'}
          {schedule.next_at && (
            <>
              {' '}
              · next <Time at={schedule.next_at} full />
            </>
          )}
          {schedule.last_run_id && (
            <>
              {' '}
              · <a href={crawlPath(schedule.last_run_id)}>last crawl</a>
            </>
          )}
        </span>
        {schedule.last_error && <span class="page-error">{schedule.last_error}</span>}
      </span>
      <button type="button" class="button" data-testid="schedule-delete" onClick={onDelete}>
        Delete
      </button>
    </div>
  );
}

/** Crawls that start again and again. */
export function CrawlSchedules() {
  const [schedules, setSchedules] = useState<CrawlSchedule[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const load = async (): Promise<void> => setSchedules(await fetchSchedules());
  useEffect(() => {
    load().catch((cause: unknown) => setError(errorText(cause)));
  }, []);
  const remove = async (id: string): Promise<void> => {
    try {
      await deleteSchedule(id);
      await load();
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <section aria-labelledby="schedules-title">
      <h2 class="section-title" id="schedules-title">
        Schedules
      </h2>
      <FormError text={error} />
      {schedules?.map((schedule) => (
        <Row key={schedule.id} schedule={schedule} onDelete={() => void remove(schedule.id)} />
      ))}
      {schedules?.length === 0 && (
        <p class="muted crawl-note">
          None yet. Choose “Again and again” above to crawl a site on a schedule.
        </p>
      )}
    </section>
  );
}
