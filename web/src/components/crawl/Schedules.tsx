import { useEffect, useState } from 'preact/hooks';
import { createSchedule, deleteSchedule, fetchSchedules } from '../../api/crawls';
import { errorText } from '../../api/http';
import type { CrawlSchedule } from '../../api/types';
import { isPrivateAddress } from '../../lib/addresses';
import { crawlPath } from '../../lib/paths';
import { showToast } from '../../state/toasts';
import { Select } from '../ui/Choice';
import { FormError } from '../ui/Feedback';
import { Field } from '../ui/Field';
import { Time } from '../ui/Time';

function Row({ schedule, onDelete }: { schedule: CrawlSchedule; onDelete: () => void }) {
  const url = (schedule.crawl as { url?: string }).url;
  return (
    <div class="run" data-testid="schedule-row">
      <span class="run-main">
        <strong class="run-url">{url}</strong>
        <span class="muted">
          {schedule.expression}
          {schedule.timezone !== 'UTC' && ` (${schedule.timezone})`}
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

type Recrawl = CrawlSchedule['recrawl'];

const RECRAWLS: [Recrawl, string][] = [
  ['full', 'Read them again'],
  ['changed', 'Ask for changes only'],
];

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';

/** Crawls that start again and again. */
export function CrawlSchedules() {
  const [schedules, setSchedules] = useState<CrawlSchedule[]>([]);
  const [url, setUrl] = useState('');
  const [expression, setExpression] = useState('rate(1 day)');
  const [zone, setZone] = useState(ownZone);
  const [recrawl, setRecrawl] = useState<Recrawl>('full');
  const [error, setError] = useState<string | null>(null);
  const load = async (): Promise<void> => setSchedules(await fetchSchedules());
  useEffect(() => {
    load().catch((cause: unknown) => setError(errorText(cause)));
  }, []);
  const submit = async (): Promise<void> => {
    setError(null);
    try {
      const allow = isPrivateAddress(url) || undefined;
      await createSchedule({
        expression: expression.trim(),
        timezone: zone.trim() || undefined,
        recrawl,
        crawl: {
          url: url.trim(),
          allow_private: allow,
          options: { store: ['graph'], text_digest: true },
        },
      });
      setUrl('');
      await load();
    } catch (cause) {
      setError(errorText(cause));
    }
  };
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
      {schedules.map((schedule) => (
        <Row key={schedule.id} schedule={schedule} onDelete={() => void remove(schedule.id)} />
      ))}
      <form
        class="form crawl-form"
        data-testid="schedule-form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div class="form-columns">
          <Field
            label="Address to crawl again"
            type="url"
            value={url}
            onChange={setUrl}
            required
            testId="schedule-url"
          />
          <Field
            label="When"
            value={expression}
            onChange={setExpression}
            hint="rate(1 day) or cron(0 6 ? * MON-FRI *)"
            required
            testId="schedule-expression"
          />
        </div>
        <div class="form-columns">
          <Field
            label="Time zone"
            value={zone}
            onChange={setZone}
            hint="Whose clock it follows, such as Europe/Berlin"
            testId="schedule-zone"
          />
          <Select
            label="Pages that have not changed"
            options={RECRAWLS}
            value={recrawl}
            onChange={(value) => setRecrawl(value as Recrawl)}
            testId="schedule-recrawl"
          />
        </div>
        <FormError text={error} />
        <button type="submit" class="button" data-testid="schedule-submit">
          Add schedule
        </button>
      </form>
    </section>
  );
}
