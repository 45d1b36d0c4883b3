import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { describe, expect, it } from 'vitest';
import { actionsOf } from '../../src/components/crawl/Controls';
import { CrawlForm } from '../../src/components/crawl/Form';
import { ratesOf } from '../../src/components/crawl/Rate';
import { formatBytes } from '../../src/lib/format';
import { answer, serve } from '../support/server';

describe('a crawl’s controls', () => {
  it('offers what its status allows', () => {
    expect(actionsOf('running').map(([action]) => action)).toEqual(['pause', 'stop']);
    expect(actionsOf('paused').map(([action]) => action)).toEqual(['resume', 'stop']);
    expect(actionsOf('finished')).toEqual([]);
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

describe('the form of a crawl', () => {
  const root = document.createElement('div');
  document.body.append(root);
  const find = <T extends HTMLElement>(name: string) =>
    root.querySelector<T>(`[data-testid="${name}"]`) as T;
  const write = (address: string) =>
    act(() => {
      const input = find<HTMLInputElement>('crawl-url');
      input.value = address;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
  const hint = () => root.querySelector('.check .hint')?.textContent;
  const submit = async () => {
    await act(() => {
      find('crawl-form').dispatchEvent(new Event('submit', { cancelable: true }));
    });
    await act(() => new Promise((done) => setTimeout(done)));
    return root.querySelector('.form-error')?.textContent;
  };

  it('says what to tick for the address that `make run` prints', async () => {
    const refusal = { type: 'about:blank', title: 'Invalid Request', detail: 'private address' };
    const seen = serve(() => answer(refusal, 400));
    act(() => render(h(CrawlForm, {}), root));

    await write('https://example.org/');
    expect(hint()).toContain('For sites on this machine');
    expect(await submit()).not.toContain('Tick');

    await write('http://127.0.0.1:8000/demo-site/');
    expect(hint()).toContain('Needed for this address');
    expect(await submit()).toContain('Tick “Allow private addresses”');

    await act(() => find('crawl-allow-private').click());
    expect(hint()).toContain('For sites on this machine');
    expect(await submit()).not.toContain('Tick');
    expect(seen.map((one) => JSON.parse(one.body).allow_private)).toEqual([
      undefined,
      undefined,
      true,
    ]);
    act(() => render(null, root));
  });
});
