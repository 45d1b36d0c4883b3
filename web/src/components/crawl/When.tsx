import { Select } from '../ui/Choice';
import { Field } from '../ui/Field';

/** When a crawl starts: now, or again and again. */
export interface Timing {
  again: boolean;
  expression: string;
  zone: string;
  recrawl: 'full' | 'changed';
}

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';

export const now = (): Timing => ({
  again: false,
  expression: 'rate(1 day)',
  zone: ownZone(),
  recrawl: 'full',
});

const STARTS: [string, string][] = [
  ['once', 'Now'],
  ['again', 'Again and again'],
];
const RECRAWLS: [string, string][] = [
  ['full', 'Read them again'],
  ['changed', 'Ask for changes only'],
];

export function When({ timing, set }: { timing: Timing; set: (part: Partial<Timing>) => void }) {
  return (
    <>
      <Select
        label="When"
        options={STARTS}
        value={timing.again ? 'again' : 'once'}
        onChange={(value) => set({ again: value === 'again' })}
        testId="crawl-when"
      />
      {timing.again && (
        <div class="form-columns crawl-when">
          <Field
            label="Schedule"
            value={timing.expression}
            onChange={(expression) => set({ expression })}
            hint="rate(1 day) or cron(0 6 ? * MON-FRI *)"
            required
            testId="schedule-expression"
          />
          <Field
            label="Time zone"
            value={timing.zone}
            onChange={(zone) => set({ zone })}
            hint="Whose clock it follows, such as Europe/Berlin"
            testId="schedule-zone"
          />
          <Select
            label="Pages that have not changed"
            options={RECRAWLS}
            value={timing.recrawl}
            onChange={(recrawl) => set({ recrawl: recrawl as Timing['recrawl'] })}
            testId="schedule-recrawl"
          />
        </div>
      )}
    </>
  );
}
