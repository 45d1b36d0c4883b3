import { useState } from 'preact/hooks';
import { createSchedule, startCrawl, uploadSeeds } from '../../api/crawls';
import { errorText } from '../../api/http';
import { isPrivateAddress } from '../../lib/addresses';
import { crawlPath } from '../../lib/paths';
import { navigate } from '../../lib/router';
import { Check } from '../ui/Choice';
import { FormError } from '../ui/Feedback';
import { Field } from '../ui/Field';
import { type CrawlChoices, DEFAULTS, Mistake, orderOf } from './choices';
import { FormMore } from './FormMore';
import { now, type Timing, When } from './When';

const TICK =
  'This is an address of this machine or your own network. Tick “Allow private addresses” to crawl it.';
const ONE_PLACE = 'Give more start pages either as text or as a file.';
const NO_FILE = 'A crawl that starts again and again takes its start pages as text.';

/** What to do about a refusal, where a box is all that is missing. */
export function crawlRefusal(url: string, allowed: boolean, words: string): string {
  return isPrivateAddress(url) && !allowed ? TICK : words;
}

export function CrawlForm({ onSchedule }: { onSchedule: () => void }) {
  const [choices, setChoices] = useState(DEFAULTS);
  const [timing, setTiming] = useState(now);
  const [file, setFile] = useState<File | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const set = (part: Partial<CrawlChoices>): void => setChoices((old) => ({ ...old, ...part }));
  const { url, allowPrivate } = choices;

  const start = async (): Promise<void> => {
    const order = orderOf(choices);
    if (file && order.seeds) throw new Mistake(ONE_PLACE);
    if (!timing.again) {
      navigate(crawlPath(await (file ? uploadSeeds(order, file) : startCrawl(order))));
      return;
    }
    if (file) throw new Mistake(NO_FILE);
    await createSchedule({
      expression: timing.expression.trim(),
      timezone: timing.zone.trim() || undefined,
      recrawl: timing.recrawl,
      crawl: order,
    });
    setChoices(DEFAULTS);
    setBusy(false);
    onSchedule();
  };

  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await start();
    } catch (cause) {
      const words = cause instanceof Mistake ? cause.message : errorText(cause);
      setError(cause instanceof Mistake ? words : crawlRefusal(url, allowPrivate, words));
      setBusy(false);
    }
  };

  return (
    <form
      class="form crawl-form"
      data-testid="crawl-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Field
        label="Address to start from"
        type="url"
        value={url}
        onChange={(value) => set({ url: value })}
        placeholder="https://example.org/"
        hint="Rookery follows the links on the same site and respects its robots.txt."
        required={!file && choices.seeds.trim() === ''}
        testId="crawl-url"
      />
      <div class="form-columns">
        <Field
          label="Maximum pages"
          type="number"
          min={1}
          value={choices.pages}
          onChange={(pages) => set({ pages })}
          placeholder="100"
          testId="crawl-max-pages"
        />
        <Field
          label="Maximum depth"
          type="number"
          min={0}
          value={choices.depth}
          onChange={(depth) => set({ depth })}
          placeholder="No limit"
          testId="crawl-max-depth"
        />
      </div>
      <Check
        label="Allow private addresses"
        hint={
          isPrivateAddress(url) && !allowPrivate
            ? 'Needed for this address: it is one of this machine or your own network.'
            : 'For sites on this machine or your own network.'
        }
        checked={allowPrivate}
        onChange={(checked) => set({ allowPrivate: checked })}
        testId="crawl-allow-private"
      />
      <When
        timing={timing}
        set={(part: Partial<Timing>) => setTiming((old) => ({ ...old, ...part }))}
      />
      <FormMore choices={choices} set={set} onFile={setFile} />
      <FormError text={error} />
      <button
        type="submit"
        class="button button-primary"
        disabled={busy}
        data-testid="crawl-submit"
      >
        {timing.again ? 'Add schedule' : busy ? 'Starting…' : 'Start crawling'}
      </button>
    </form>
  );
}
