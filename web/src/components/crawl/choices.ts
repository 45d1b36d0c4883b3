import type { CrawlOrder } from '../../api/crawls';

/** What the form asks for; empty texts leave the choice to the server. */
export interface CrawlChoices {
  url: string;
  seeds: string;
  pages: string;
  depth: string;
  scope: string;
  allow: string;
  deny: string;
  allowPrivate: boolean;
  megabytes: string;
  minutes: string;
  dollars: string;
  keepDays: string;
  frontier: string;
  order: string;
  perHost: string;
  concurrency: string;
  bodies: boolean;
  links: boolean;
  sitemaps: boolean;
  feeds: boolean;
  images: boolean;
  structured: boolean;
  columns: string;
  headers: string;
  cookies: string;
  user: string;
  password: string;
  proxy: string;
  webhook: string;
  secret: string;
  baseRun: string;
}

export const DEFAULTS: CrawlChoices = {
  url: '',
  seeds: '',
  pages: '',
  depth: '',
  scope: 'host',
  allow: '',
  deny: '',
  allowPrivate: false,
  megabytes: '',
  minutes: '',
  dollars: '',
  keepDays: '',
  frontier: 'hosts',
  order: 'depth-first',
  perHost: '',
  concurrency: '',
  bodies: true,
  links: true,
  sitemaps: false,
  feeds: false,
  images: false,
  structured: false,
  columns: '',
  headers: '',
  cookies: '',
  user: '',
  password: '',
  proxy: '',
  webhook: '',
  secret: '',
  baseRun: '',
};

export const SCOPES: [string, string][] = [
  ['host', 'This host'],
  ['domain', 'This host and its subdomains'],
  ['prefix', 'Only below this address'],
  ['any', 'Anywhere (the whole web)'],
];
export const FRONTIERS: [string, string][] = [
  ['hosts', 'By host, at each host’s pace'],
  ['plain', 'Plain: one message per page'],
];
export const ORDERS: [string, string][] = [
  ['depth-first', 'Depth first'],
  ['breadth-first', 'Breadth first'],
  ['best-first', 'Short addresses first'],
];

/** A choice that cannot be asked for; the message says why. */
export class Mistake extends Error {}

const MEGABYTE = 1_000_000;
const SECRET_CHARS = 16;

const optional = (value: string, times = 1): number | undefined =>
  value.trim() === '' ? undefined : Math.round(Number(value) * times);
const text = (value: string): string | undefined => value.trim() || undefined;

const lines = (value: string): string[] | undefined => {
  const found = value.split('\n').filter((line) => line.trim() !== '');
  return found.length > 0 ? found : undefined;
};

/** Lines such as "name: value" by name. */
function pairs(what: string, value: string, between: string): Record<string, string> | undefined {
  const found = (lines(value) ?? []).map((line) => {
    const at = line.indexOf(between);
    if (at < 1) throw new Mistake(`${what}: “${line.trim()}” has no “${between}” after a name.`);
    return [line.slice(0, at).trim(), line.slice(at + between.length).trim()] as const;
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

type Options = NonNullable<CrawlOrder['options']>;

/** Rules such as "price = .price::text" and "tags[] = //li/@id" by column. */
function columnsOf(value: string): Options['extract'] {
  const found = Object.entries(pairs('Columns', value, '=') ?? {}).map(([name, selector]) => {
    const rule = /^(?:\(?\.?\/)/.test(selector) ? { xpath: selector } : { css: selector };
    return name.endsWith('[]')
      ? ([name.slice(0, -2).trim(), { ...rule, all: true }] as const)
      : ([name, rule] as const);
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

function notifyOf({ webhook, secret }: CrawlChoices): Options['notify'] {
  const address = text(webhook);
  if (!address) return undefined;
  if (secret.trim().length < SECRET_CHARS) {
    throw new Mistake(`A webhook needs a secret of at least ${SECRET_CHARS} characters.`);
  }
  return { webhook: address, secret: secret.trim() };
}

function optionsOf(choices: CrawlChoices): Options {
  const store: ('graph' | 'warc')[] = [];
  if (choices.links) store.push('graph');
  if (choices.bodies) store.push('warc');
  const user = text(choices.user);
  return {
    store,
    sitemaps: choices.sitemaps || undefined,
    feeds: choices.feeds || undefined,
    images: choices.images || undefined,
    structured_data: choices.structured || undefined,
    extract: columnsOf(choices.columns),
    headers: pairs('Headers', choices.headers, ':'),
    cookies: pairs('Cookies', choices.cookies, '='),
    auth: user ? { username: user, password: choices.password } : undefined,
    proxy: text(choices.proxy),
    notify: notifyOf(choices),
    base_run: choices.baseRun || undefined,
  };
}

/**
 * The request that a form's choices stand for.
 *
 * @throws {Mistake} a line cannot be read, or a secret is missing.
 */
export function orderOf(choices: CrawlChoices): CrawlOrder {
  const plain = choices.frontier === 'plain';
  return {
    url: text(choices.url),
    seeds: lines(choices.seeds)?.map((line) => line.trim()),
    max_pages: optional(choices.pages),
    max_depth: optional(choices.depth),
    max_bytes: optional(choices.megabytes, MEGABYTE),
    max_seconds: optional(choices.minutes, 60),
    max_cost: text(choices.dollars) ? Number(choices.dollars) : undefined,
    keep_days: optional(choices.keepDays),
    scope: choices.scope as CrawlOrder['scope'],
    frontier: plain ? 'plain' : undefined,
    // A plain crawl has one order, and no hosts to count.
    order: plain ? undefined : (choices.order as CrawlOrder['order']),
    pages_per_host: plain ? undefined : optional(choices.perHost),
    concurrency: plain ? undefined : optional(choices.concurrency),
    allow: lines(choices.allow),
    deny: lines(choices.deny),
    allow_private: choices.allowPrivate || undefined,
    options: optionsOf(choices),
  };
}
