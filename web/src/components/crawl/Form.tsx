import { useState } from 'preact/hooks';
import { startCrawl } from '../../api/crawls';
import { errorText } from '../../api/http';
import { isPrivateAddress } from '../../lib/addresses';
import { crawlPath } from '../../lib/paths';
import { navigate } from '../../lib/router';
import { FormError } from '../ui/Feedback';
import { Field } from '../ui/Field';

/** An empty field leaves the choice to the server. */
const optional = (value: string): number | undefined => (value === '' ? undefined : Number(value));

const TICK =
  'This is an address of this machine or your own network. Tick “Allow private addresses” to crawl it.';

/** What to do about a refusal, where a box is all that is missing. */
export function crawlRefusal(url: string, allowed: boolean, words: string): string {
  return isPrivateAddress(url) && !allowed ? TICK : words;
}

export function CrawlForm() {
  const [url, setUrl] = useState('');
  const [pages, setPages] = useState('');
  const [depth, setDepth] = useState('');
  const [allowPrivate, setAllowPrivate] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const id = await startCrawl({
        url: url.trim(),
        max_pages: optional(pages),
        max_depth: optional(depth),
        allow_private: allowPrivate || undefined,
        // Reports on links and duplicates need them.
        options: { store: ['graph'], text_digest: true },
      });
      navigate(crawlPath(id));
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
        onChange={setUrl}
        placeholder="https://example.org/"
        hint="Rookery follows the links on the same site and respects its robots.txt."
        required
        testId="crawl-url"
      />
      <div class="form-columns">
        <Field
          label="Maximum pages"
          type="number"
          min={1}
          value={pages}
          onChange={setPages}
          placeholder="Default"
          testId="crawl-max-pages"
        />
        <Field
          label="Maximum depth"
          type="number"
          min={0}
          value={depth}
          onChange={setDepth}
          placeholder="Default"
          testId="crawl-max-depth"
        />
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={allowPrivate}
          data-testid="crawl-allow-private"
          onChange={(event) => setAllowPrivate(event.currentTarget.checked)}
        />
        <span>
          Allow private addresses
          <span class="hint">
            {isPrivateAddress(url) && !allowPrivate
              ? 'Needed for this address: it is one of this machine or your own network.'
              : 'For sites on this machine or your own network.'}
          </span>
        </span>
      </label>
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
