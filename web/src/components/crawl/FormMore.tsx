import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { fetchAllCrawls } from '../../api/crawls';
import type { Crawl } from '../../api/types';
import { Check, Select } from '../ui/Choice';
import { Field } from '../ui/Field';
import { type CrawlChoices, FRONTIERS, ORDERS, SCOPES } from './choices';

interface Props {
  choices: CrawlChoices;
  set: (part: Partial<CrawlChoices>) => void;
}

function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <fieldset class="crawl-group">
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}

/** A field whose name is that of a choice. */
function Text({
  choices,
  set,
  name,
  ...rest
}: Props & {
  name: keyof CrawlChoices;
  label: string;
  hint?: string;
  type?: 'number' | 'url' | 'password';
  min?: number;
  max?: number;
  placeholder?: string;
  multiline?: boolean;
}) {
  return (
    <Field
      {...rest}
      value={String(choices[name])}
      onChange={(value) => set({ [name]: value })}
      testId={`crawl-${name}`}
      autocomplete={rest.type === 'password' ? 'new-password' : 'off'}
    />
  );
}

function Box({
  choices,
  set,
  name,
  ...rest
}: Props & { name: keyof CrawlChoices; label: string; hint: string }) {
  return (
    <Check
      {...rest}
      checked={choices[name] === true}
      onChange={(checked) => set({ [name]: checked })}
      testId={`crawl-${name}`}
    />
  );
}

function Limits(props: Props) {
  return (
    <Group title="Limits">
      <div class="form-columns">
        <Text {...props} name="megabytes" label="Megabytes" type="number" min={1} />
        <Text {...props} name="minutes" label="Minutes" type="number" min={1} />
      </div>
      <div class="form-columns">
        <Text
          {...props}
          name="dollars"
          label="Dollars"
          hint="What it would cost on AWS, estimated"
          placeholder="No limit"
        />
        <Text
          {...props}
          name="keepDays"
          label="Days to keep records"
          type="number"
          min={0}
          max={90}
          placeholder="30"
        />
      </div>
    </Group>
  );
}

function Reach({ onFile, ...props }: Props & { onFile: (file: File | null) => void }) {
  return (
    <Group title="Scope">
      <Select
        label="Pages to follow"
        options={SCOPES}
        value={props.choices.scope}
        onChange={(scope) => props.set({ scope })}
        testId="crawl-scope"
      />
      <div class="form-columns">
        <Text
          {...props}
          name="allow"
          label="Only addresses that match"
          hint="A pattern per line, such as /blog/"
          multiline
        />
        <Text
          {...props}
          name="deny"
          label="Except those that match"
          hint="Patterns are RE2’s, found anywhere"
          multiline
        />
      </div>
      <Text
        {...props}
        name="seeds"
        label="More start pages"
        hint="An address per line, or a file below"
        multiline
      />
      <label class="field">
        <span>File of start pages</span>
        <input
          type="file"
          accept=".txt,.csv,.xml,.gz,text/plain,text/csv,text/xml"
          data-testid="crawl-seeds-file"
          onChange={(event) => onFile(event.currentTarget.files?.[0] ?? null)}
        />
        <span class="hint">
          Up to 10,000: a text file with an address per line, CSV or a sitemap.
        </span>
      </label>
      <Box
        {...props}
        name="sitemaps"
        label="Follow sitemaps"
        hint="Those that robots.txt names, for pages that nothing links to."
      />
      <Box {...props} name="feeds" label="Follow feeds" hint="RSS and Atom, and their entries." />
    </Group>
  );
}

function Politeness(props: Props) {
  const { choices, set } = props;
  return (
    <Group title="Order and politeness">
      <p class="hint">
        Each host gets one request per second, from all crawls together; a Crawl-delay in robots.txt
        counts up to 30 seconds. Hosts that are slow or answer 429 or 503 get fewer.
      </p>
      <Select
        label="Queue"
        options={FRONTIERS}
        value={choices.frontier}
        onChange={(frontier) => set({ frontier })}
        testId="crawl-frontier"
      />
      {choices.frontier === 'plain' ? (
        <p class="hint">
          A plain crawl takes pages as they are found, and keeps a host’s pace within each worker
          only.
        </p>
      ) : (
        <>
          <Select
            label="Order"
            options={ORDERS}
            value={choices.order}
            onChange={(order) => set({ order })}
            testId="crawl-order"
          />
          <div class="form-columns">
            <Text {...props} name="perHost" label="Pages per host" type="number" min={1} />
            <Text {...props} name="concurrency" label="Hosts at a time" type="number" min={1} />
          </div>
        </>
      )}
    </Group>
  );
}

function Keeping(props: Props) {
  return (
    <Group title="What to keep">
      <Box
        {...props}
        name="bodies"
        label="Bodies"
        hint="As WARC files, to read and replay pages later."
      />
      <Box
        {...props}
        name="links"
        label="Links"
        hint="For the graph, orphans, PageRank and links to a page."
      />
      <Box {...props} name="images" label="Images" hint="List them, and request them too." />
      <Box
        {...props}
        name="structured"
        label="Structured data"
        hint="JSON-LD, Open Graph and Twitter’s tags."
      />
      <Text
        {...props}
        name="columns"
        label="Columns of your own"
        hint="A rule per line: price = .price::text, or tags[] = //li/@id for all that match"
        multiline
      />
    </Group>
  );
}

function Access(props: Props) {
  return (
    <Group title="Access to the site">
      <p class="hint">
        Sent to the host of the start address alone, kept encrypted and never shown again.
      </p>
      <div class="form-columns">
        <Text
          {...props}
          name="headers"
          label="Headers"
          hint="Name: value, one per line"
          multiline
        />
        <Text {...props} name="cookies" label="Cookies" hint="name=value, one per line" multiline />
      </div>
      <div class="form-columns">
        <Text {...props} name="user" label="User name" />
        <Text {...props} name="password" label="Password" type="password" />
      </div>
      <Text {...props} name="proxy" label="Proxy" placeholder="http://user:password@host:port" />
    </Group>
  );
}

function Afterwards({ earlier, ...props }: Props & { earlier: Crawl[] }) {
  const { choices, set } = props;
  const names = earlier.map((one): [string, string] => [
    one.id,
    `${one.url}, ${new Date(one.created_at).toLocaleString()}`,
  ]);
  return (
    <Group title="Comparison and news">
      <Select
        label="Ask only for changes since"
        options={[['', 'No earlier crawl: read all pages'], ...names]}
        value={choices.baseRun}
        onChange={(baseRun) => set({ baseRun })}
        testId="crawl-baseRun"
      />
      <div class="form-columns">
        <Text {...props} name="webhook" label="Webhook at the end" type="url" />
        <Text
          {...props}
          name="secret"
          label="Its secret"
          type="password"
          hint="At least 16 characters; signs the call"
        />
      </div>
    </Group>
  );
}

/** The choices that most crawls leave to the server. */
export function FormMore(props: Props & { onFile: (file: File | null) => void }) {
  const [earlier, setEarlier] = useState<Crawl[]>([]);
  const look = (): void => {
    // Without them the menu stays as it is.
    fetchAllCrawls()
      .then((all) => setEarlier(all.filter(({ status }) => status !== 'running')))
      .catch(() => undefined);
  };
  return (
    <details
      class="crawl-more"
      data-testid="crawl-more"
      onToggle={(event) => event.currentTarget.open && look()}
    >
      <summary>More: limits, politeness, what to keep</summary>
      <div class="crawl-more-body">
        <Limits {...props} />
        <Reach {...props} />
        <Politeness {...props} />
        <Keeping {...props} />
        <Access {...props} />
        <Afterwards {...props} earlier={earlier} />
      </div>
    </details>
  );
}
