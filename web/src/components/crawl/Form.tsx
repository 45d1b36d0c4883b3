import { useState } from 'preact/hooks';
import { startCrawl, uploadSeeds } from '../../api/crawls';
import { errorText } from '../../api/http';
import { isPrivateAddress } from '../../lib/addresses';
import { crawlPath } from '../../lib/paths';
import { navigate } from '../../lib/router';
import { Check, Select } from '../ui/Choice';
import { FormError } from '../ui/Feedback';
import { Field } from '../ui/Field';
import { type CrawlChoices, DEFAULTS, ORDERS, orderOf, SCOPES } from './choices';

const TICK =
  'This is an address of this machine or your own network. Tick “Allow private addresses” to crawl it.';

/** What to do about a refusal, where a box is all that is missing. */
export function crawlRefusal(url: string, allowed: boolean, words: string): string {
  return isPrivateAddress(url) && !allowed ? TICK : words;
}

export function CrawlForm() {
  const [choices, setChoices] = useState(DEFAULTS);
  const [file, setFile] = useState<File | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const set = (part: Partial<CrawlChoices>): void => setChoices((old) => ({ ...old, ...part }));
  const { url, allowPrivate } = choices;

  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const order = orderOf(choices);
      navigate(crawlPath(await (file ? uploadSeeds(order, file) : startCrawl(order))));
    } catch (cause) {
      setError(crawlRefusal(url, allowPrivate, errorText(cause)));
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
        required={!file}
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
      <details class="crawl-more" data-testid="crawl-more">
        <summary>Scope, order and politeness</summary>
        <div class="crawl-more-body">
          <div class="form-columns">
            <Select
              label="Scope"
              options={SCOPES}
              value={choices.scope}
              onChange={(scope) => set({ scope })}
              testId="crawl-scope"
            />
            <Select
              label="Order"
              options={ORDERS}
              value={choices.order}
              onChange={(order) => set({ order })}
              testId="crawl-order"
            />
          </div>
          <div class="form-columns">
            <Field
              label="Only addresses that match"
              value={choices.allow}
              onChange={(allow) => set({ allow })}
              hint="A pattern per line, such as /blog/"
              multiline
              testId="crawl-allow"
            />
            <Field
              label="Except those that match"
              value={choices.deny}
              onChange={(deny) => set({ deny })}
              hint="Patterns are RE2’s, found anywhere in the address"
              multiline
              testId="crawl-deny"
            />
          </div>
          <label class="field">
            <span>More start pages</span>
            <input
              type="file"
              accept=".txt,.csv,.xml,.gz,text/plain,text/csv,text/xml"
              data-testid="crawl-seeds"
              onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
            />
            <span class="hint">
              Up to 10,000: a text file with an address per line, CSV or a sitemap.
            </span>
          </label>
          <Check
            label="Keep bodies"
            hint="As WARC files, to read and replay pages later."
            checked={choices.bodies}
            onChange={(bodies) => set({ bodies })}
            testId="crawl-bodies"
          />
          <Check
            label="Follow sitemaps"
            hint="Those that robots.txt names, for pages that nothing links to."
            checked={choices.sitemaps}
            onChange={(sitemaps) => set({ sitemaps })}
            testId="crawl-sitemaps"
          />
          <p class="hint">
            Each host gets one request per second, from all crawls together; a Crawl-delay in
            robots.txt counts up to 30 seconds. Hosts that are slow or answer 429 or 503 get fewer.
          </p>
        </div>
      </details>
      <FormError text={error} />
      <button
        type="submit"
        class="button button-primary"
        disabled={busy}
        data-testid="crawl-submit"
      >
        {busy ? 'Starting…' : 'Start crawling'}
      </button>
    </form>
  );
}
