import { describe, expect, it } from 'vitest';
import { actionsOf } from '../../src/components/crawl/Controls';
import { ratesOf } from '../../src/components/crawl/Rate';
import { formatBytes } from '../../src/lib/format';

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
