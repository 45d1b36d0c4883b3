// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { findLinks } from '../../src/lib/text/links';
import {
  LONG_TWEET_LIMIT,
  TWEET_LIMIT,
  textProblem,
  tweetLimit,
  weightedLength,
} from '../../src/lib/text/weight';

describe('weightedLength', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['漢字', 4],
    ['http://127.0.0.1:8000/demo/ is local', 32],
    ['see http://rookery.test/a, too', 32],
    ['©', 1],
    ['©️', 2],
    ['🇩🇪', 2],
    ['👩‍👩‍👧‍👦', 2],
    // More than four joined would smuggle text past the limit.
    ['👩‍👩‍👧‍👦‍👦', 5],
    ['❤️ '.repeat(3), 9],
  ])('%s', (text, expected) => {
    expect(weightedLength(text)).toBe(expected);
  });

  it('weighs what is composed once, however it was typed', () => {
    expect(weightedLength('e\u0301')).toBe(1);
  });
});

describe('textProblem', () => {
  const full = 'a'.repeat(TWEET_LIMIT);
  it.each([
    [' \n\t', 'blank'],
    ['\u200b\u2060', 'blank'],
    ['\u3164', 'blank'],
    ['bell \u0007', 'characters'],
    ['\ud800', 'characters'],
    ['a\ufeffb', 'characters'],
    [full, null],
    [`  ${full}\n`, null],
    [`${full}a`, 'length'],
    ['line\nbreak\tand tab', null],
  ])('%j', (text, expected) => {
    expect(textProblem(text)).toBe(expected);
  });
});

describe('findLinks', () => {
  it('takes local addresses and reserved names only with a scheme', () => {
    const found = (text: string) => findLinks(text).map((one) => text.slice(one.start, one.end));
    expect(found('http://localhost:8000/x http://a.example')).toEqual([
      'http://localhost:8000/x',
      'http://a.example',
    ]);
    expect(found('localhost:8000 a.example 127.0.0.1')).toEqual([]);
  });

  it('reads a text of full stops in one pass', () => {
    const text = 'あ. '.repeat(1500);
    const start = performance.now();
    expect(findLinks(text)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('tweetLimit', () => {
  it('is longer for verified accounts', () => {
    const long = 'a'.repeat(LONG_TWEET_LIMIT);
    expect(textProblem(long, tweetLimit({ verified: true }))).toBe(null);
    expect(textProblem(`${long}a`, tweetLimit({ verified: true }))).toBe('length');
    expect(textProblem(long, tweetLimit({ verified: false }))).toBe('length');
  });
});
