import type { CrawlOrder } from '../../api/crawls';

/** An empty field leaves the choice to the server. */
const optional = (value: string): number | undefined => (value === '' ? undefined : Number(value));

/** What the form asks for; empty texts leave the choice to the server. */
export interface CrawlChoices {
  url: string;
  pages: string;
  depth: string;
  scope: string;
  order: string;
  allow: string;
  deny: string;
  allowPrivate: boolean;
  bodies: boolean;
  sitemaps: boolean;
}

export const DEFAULTS: CrawlChoices = {
  url: '',
  pages: '',
  depth: '',
  scope: 'host',
  order: 'depth-first',
  allow: '',
  deny: '',
  allowPrivate: false,
  bodies: true,
  sitemaps: false,
};

export const SCOPES: [string, string][] = [
  ['host', 'This host'],
  ['domain', 'This host and its subdomains'],
  ['prefix', 'Only below this address'],
  ['any', 'Anywhere (the whole web)'],
];
export const ORDERS: [string, string][] = [
  ['depth-first', 'Depth first'],
  ['breadth-first', 'Breadth first'],
  ['best-first', 'Short addresses first'],
];

const lines = (text: string): string[] | undefined => {
  const found = text.split('\n').filter((line) => line.trim() !== '');
  return found.length > 0 ? found : undefined;
};

/** The request that a form's choices stand for. */
export function orderOf(choices: CrawlChoices): CrawlOrder {
  return {
    url: choices.url.trim() || undefined,
    max_pages: optional(choices.pages),
    max_depth: optional(choices.depth),
    scope: choices.scope as CrawlOrder['scope'],
    order: choices.order as CrawlOrder['order'],
    allow: lines(choices.allow),
    deny: lines(choices.deny),
    allow_private: choices.allowPrivate || undefined,
    options: {
      // Reports on links and duplicates need the graph and digests of texts.
      store: choices.bodies ? ['graph', 'warc'] : ['graph'],
      text_digest: true,
      sitemaps: choices.sitemaps || undefined,
    },
  };
}
