import { describe, expect, it } from 'vitest';
import type { Crawl, CrawlPageDetail } from '../../src/api/types';
import { earlierThan, inPlainWords } from '../../src/components/crawl/Changes';
import { actionsOf, mayExtend, proposedPages } from '../../src/components/crawl/Controls';
import { DEFAULTS, orderOf } from '../../src/components/crawl/choices';
import { exportsOf } from '../../src/components/crawl/Exports';
import { hostState } from '../../src/components/crawl/Hosts';
import { leftOut } from '../../src/components/crawl/Progress';
import { ratesOf } from '../../src/components/crawl/Rate';
import { formatBytes } from '../../src/lib/format';
import { crawledPagePath } from '../../src/lib/paths';
import { branches, onRings } from '../../src/lib/sitemap';
import { distinct, factsOf } from '../../src/pages/crawl/CrawledPage';

describe('a crawl’s controls', () => {
  it('offers what its status allows', () => {
    expect(actionsOf('running').map(([action]) => action)).toEqual(['pause', 'stop']);
    expect(actionsOf('paused').map(([action]) => action)).toEqual(['resume', 'stop']);
    expect(actionsOf('finished')).toEqual([]);
  });
});

describe('a crawl that has ended', () => {
  const at = Date.parse('2026-11-30T00:00:00Z');
  const crawl = (part: Partial<Crawl>): Crawl =>
    ({
      status: 'finished',
      frontier: 'hosts',
      max_pages: 100,
      created_at: '2026-11-29T00:00:00Z',
      stats: { fetched: 1 },
      ...part,
    }) as Crawl;
  it.each([
    [{}, true],
    [{ status: 'stopped', frontier: 'plain' }, true],
    [{ status: 'running', created_at: '2026-11-01T00:00:00Z' }, true],
    [{ created_at: '2026-11-23T00:00:00Z' }, false],
    [{ frontier: 'plain' }, false],
    [{ status: 'failed' }, false],
    [{ keep_days: 0 }, false],
    [{ max_pages: 100_000 }, false],
  ] as [Partial<Crawl>, boolean][])('%j may be extended: %s', (part, may) => {
    expect(mayExtend(crawl(part), at)).toBe(may);
  });
  it('is offered ten times its pages, up to the most there are', () => {
    expect(proposedPages(crawl({}))).toBe(1000);
    expect(proposedPages(crawl({ max_pages: 20_000 }))).toBe(100_000);
  });
  it('has the exports that can be made of what it keeps', () => {
    const names = (part: Partial<Crawl>) => exportsOf(crawl(part)).map(([name]) => name);
    expect(names({})).toContain('graph.csv');
    expect(names({})).not.toContain('archive.warc.gz');
    expect(names({})).not.toContain('sitemap-1.xml');
    const bodies = names({ options: { store: ['warc'] } as unknown as Crawl['options'] });
    expect(bodies).toContain('archive.cdxj');
    expect(bodies).not.toContain('orphans.csv');
    expect(names({ stats: { fetched: 50_001 } as Crawl['stats'] })).toContain('sitemap-2.xml');
  });
});

describe('a crawl’s hosts and traps', () => {
  it.each([
    [{ busy: true }, 'being read'],
    [{ waiting: 0 }, 'done'],
    [{ next_at: '2026-11-30T00:00:01Z' }, 'waits for its next moment'],
    [{ next_at: '2026-11-29T00:00:00Z' }, 'waits for a worker'],
    [{}, 'paused', 'paused'],
    [{}, 'left when the crawl ended', 'finished'],
    [{ waiting: 0 }, 'done', 'stopped'],
  ] as const)('%j is %s', (part, words, status: Crawl['status'] = 'running') => {
    const host = { host: 'a', waiting: 3, done: 1, busy: false, failures: 0, ...part };
    expect(hostState(host, Date.parse('2026-11-30T00:00:00Z'), status)).toBe(words);
  });
  it('say in words what was left out', () => {
    expect(leftOut({ depth: 3, directory: 0, pages_per_host: 2 })).toEqual([
      '3 deeper than the limit',
      '2 beyond the pages of one host',
    ]);
  });
});

describe('a crawl’s rate', () => {
  it('is pages per second between samples', () => {
    const samples = [
      { at: 0, done: 0 },
      { at: 2000, done: 10 },
      { at: 3000, done: 10 },
      { at: 4000, done: 4 },
    ];
    expect(ratesOf(samples)).toEqual([5, 0, 0]);
    expect(ratesOf([{ at: 0, done: 3 }])).toEqual([]);
  });
});

describe('a size', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [30_400, '30 KB'],
    [2_000_000, '2.0 MB'],
  ])('of %d is %s', (bytes, words) => {
    expect(formatBytes(bytes)).toBe(words);
  });
});

describe('a crawl’s request', () => {
  it('leaves empty choices to the server', () => {
    expect(orderOf({ ...DEFAULTS, url: ' https://a.example/ ' })).toEqual({
      url: 'https://a.example/',
      scope: 'host',
      order: 'depth-first',
      options: { store: ['graph', 'warc'] },
    });
  });
  it('has a pattern per line, limits as numbers and no bodies unless they are wanted', () => {
    const order = orderOf({
      ...DEFAULTS,
      pages: '7',
      depth: '0',
      allow: '/blog/\n\n /a b/ ',
      deny: '\n',
      bodies: false,
      sitemaps: true,
      allowPrivate: true,
    });
    expect(order).toMatchObject({
      url: undefined,
      max_pages: 7,
      max_depth: 0,
      allow: ['/blog/', ' /a b/ '],
      allow_private: true,
      options: { store: ['graph'], sitemaps: true },
    });
    expect(order.deny).toBeUndefined();
  });
  it('has every option, in the API’s units', () => {
    const order = orderOf({
      ...DEFAULTS,
      seeds: ' https://b.example/ \n\nhttps://c.example/',
      megabytes: '2.5',
      minutes: '90',
      dollars: '0.25',
      keepDays: '0',
      perHost: '9',
      concurrency: '3',
      links: false,
      feeds: true,
      images: true,
      structured: true,
      columns: 'price = .price::text\ntags[] = //li/@id\nrest[]= (//p)[2]',
      headers: 'X-Key: a: b',
      cookies: 'sid=x=y\nb=',
      user: 'ada',
      password: ' p ',
      proxy: 'http://p.example:8080',
      webhook: 'https://hook.example/',
      secret: 'sixteen characters',
      baseRun: 'r1',
    });
    expect(order).toMatchObject({
      seeds: ['https://b.example/', 'https://c.example/'],
      max_bytes: 2_500_000,
      max_seconds: 5400,
      max_cost: 0.25,
      keep_days: 0,
      order: 'depth-first',
      pages_per_host: 9,
      concurrency: 3,
    });
    expect(order.options).toEqual({
      store: ['warc'],
      feeds: true,
      images: true,
      structured_data: true,
      extract: {
        price: { css: '.price::text' },
        tags: { xpath: '//li/@id', all: true },
        rest: { xpath: '(//p)[2]', all: true },
      },
      headers: { 'X-Key': 'a: b' },
      cookies: { sid: 'x=y', b: '' },
      auth: { username: 'ada', password: ' p ' },
      proxy: 'http://p.example:8080',
      notify: { webhook: 'https://hook.example/', secret: 'sixteen characters' },
      base_run: 'r1',
    });
  });
  it('of a plain crawl has no order and no hosts', () => {
    const order = orderOf({ ...DEFAULTS, frontier: 'plain', perHost: '9', concurrency: '3' });
    expect([order.frontier, order.order, order.pages_per_host, order.concurrency]).toEqual([
      'plain',
      undefined,
      undefined,
      undefined,
    ]);
  });
  it.each([
    [{ headers: 'no colon' }, 'Headers: “no colon”'],
    [{ columns: '= a' }, 'Columns'],
    [{ webhook: 'https://hook.example/', secret: 'short' }, 'at least 16'],
  ])('says what is wrong with %j', (part, words) => {
    expect(() => orderOf({ ...DEFAULTS, ...part })).toThrow(words);
  });
});

describe('a site’s picture', () => {
  // 0 ─ 1 ─ 3, 0 ─ 2; and a page whose parent is not in the picture.
  const nodes = [{}, { parent: 0 }, { parent: 0 }, { parent: 1 }, {}];
  it('is a tree', () => {
    expect(branches(nodes)).toEqual({ children: [[1, 2], [3], [], [], []], roots: [0, 4] });
  });
  it('has a ring for each generation, and no two leaves in one place', () => {
    const spots = onRings(nodes);
    const radii = spots.map(({ x, y }) => Math.round(Math.hypot(x, y) * 1000) / 1000);
    expect(radii).toEqual([0, 0.5, 0.5, 1, 0]);
    const chain = Array.from({ length: 20_000 }, (_, n) => (n ? { parent: n - 1 } : {}));
    expect(Math.hypot(onRings(chain)[19_999]?.x ?? 0, onRings(chain)[19_999]?.y ?? 0)).toBeCloseTo(
      1,
    );
    const star = onRings(Array.from({ length: 40 }, (_, n) => (n ? { parent: 0 } : {})));
    expect(new Set(star.map(({ x, y }) => `${x.toFixed(6)} ${y.toFixed(6)}`)).size).toBe(40);
    expect(onRings([])).toEqual([]);
  });
});

describe('changes of a site', () => {
  it('are told in words', () => {
    expect(inPlainWords(['status_code', 'digest'])).toBe('status and content');
    expect(inPlainWords(['title'])).toBe('title');
  });
  it('are those since an earlier crawl of the same address', () => {
    const crawl = (id: string, url: string, created_at: string): Crawl =>
      ({ id, url, created_at }) as Crawl;
    const own = crawl('2', 'http://a/', '2026-02-01');
    const all = [crawl('3', 'http://a/', '2026-03-01'), own, crawl('1', 'http://a/', '2026-01-01')];
    const other = crawl('0', 'http://b/', '2026-01-01');
    expect(earlierThan(own, [...all, other]).map(({ id }) => id)).toEqual(['1']);
  });
});

describe('a crawled page', () => {
  const page = {
    url: 'http://a/',
    state: 'fetched',
    depth: 0,
    fetched_at: '2026-01-01T00:00:00.000Z',
    status_code: 200,
    bytes: 30_400,
    headings: ['A', 'B'],
    links_out: [],
    links_in: [],
    links_in_complete: true,
  } as CrawlPageDetail;
  it('has its facts in order, without those that are missing', () => {
    expect(factsOf(page)).toEqual([
      ['Status', '200'],
      ['Size', '30 KB'],
      ['Depth', '0'],
      ['Headings', 'A · B'],
    ]);
  });
  it('lists each target once', () => {
    const links = [
      { url: 'http://a/x', text: 'one' },
      { url: 'http://a/y' },
      { url: 'http://a/x' },
    ];
    expect(distinct(links)).toEqual([
      { url: 'http://a/x', text: 'one', times: 2 },
      { url: 'http://a/y', times: 1 },
    ]);
  });
  it('has an address that survives any other', () => {
    const path = crawledPagePath('1', 'http://a/?b=c&d#e');
    expect(new URL(path, 'http://x').searchParams.get('url')).toBe('http://a/?b=c&d#e');
  });
});
