// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { safeHref, segments } from '../../src/lib/text/segments';

const url = (start: number, end: number, address: string, display = address) => ({
  start,
  end,
  url: address,
  expanded_url: address,
  display_url: display,
});

describe('segments', () => {
  it('cuts by code points, not by UTF-16 units', () => {
    expect(segments('🐦 @ada', { mentions: [{ start: 2, end: 6, username: 'ada' }] })).toEqual([
      { kind: 'text', text: '🐦 ' },
      { kind: 'mention', text: '@ada', username: 'ada' },
    ]);
  });

  it('puts entities of all kinds into the order of the text', () => {
    const cut = segments('#a @b http://c.de!', {
      urls: [url(6, 17, 'http://c.de', 'c.de')],
      mentions: [{ start: 3, end: 5, username: 'b' }],
      hashtags: [{ start: 0, end: 2, tag: 'a' }],
    });
    expect(cut).toEqual([
      { kind: 'tag', text: '#a', href: '/hashtag/a' },
      { kind: 'text', text: ' ' },
      { kind: 'mention', text: '@b', username: 'b' },
      { kind: 'text', text: ' ' },
      { kind: 'url', text: 'c.de', href: 'http://c.de/' },
      { kind: 'text', text: '!' },
    ]);
  });

  it.each([
    ['overlapping', { start: 2, end: 6 }],
    ['beyond the end', { start: 5, end: 9 }],
    ['empty', { start: 5, end: 5 }],
  ])('loses no text to an entity that is %s', (_, { start, end }) => {
    const cut = segments('#one two', {
      hashtags: [{ start: 0, end: 4, tag: 'one' }],
      mentions: [{ start, end, username: 'x' }],
    });
    expect(cut).toEqual([
      { kind: 'tag', text: '#one', href: '/hashtag/one' },
      { kind: 'text', text: ' two' },
    ]);
  });

  it('leads from hashtags in any script, and from cashtags, to their pages', () => {
    const cut = segments('#größe/$TSLA', {
      hashtags: [{ start: 0, end: 6, tag: 'größe' }],
      cashtags: [{ start: 7, end: 12, tag: 'TSLA' }],
    });
    expect(cut).toEqual([
      { kind: 'tag', text: '#größe', href: '/hashtag/gr%C3%B6%C3%9Fe' },
      { kind: 'text', text: '/' },
      { kind: 'tag', text: '$TSLA', href: '/hashtag/%24TSLA' },
    ]);
  });

  it('shows a link with a script as text', () => {
    const cut = segments('a', { urls: [url(0, 1, 'javascript:alert(1)')] });
    expect(cut).toEqual([{ kind: 'text', text: 'a' }]);
  });

  it('is one piece of text without entities', () => {
    expect(segments('plain', undefined)).toEqual([{ kind: 'text', text: 'plain' }]);
    expect(segments('', undefined)).toEqual([]);
  });
});

describe('safeHref', () => {
  it.each([
    ['https://a.example/b?c#d', 'https://a.example/b?c#d'],
    ['HTTP://A.example', 'http://a.example/'],
    ['javascript:alert(1)', null],
    ['data:text/html,x', null],
    ['/relative', null],
    ['', null],
    [undefined, null],
  ])('%s', (given, expected) => {
    expect(safeHref(given)).toBe(expected);
  });

  it('completes a path by its base', () => {
    expect(safeHref('/m/1.webp', 'http://127.0.0.1:8000')).toBe('http://127.0.0.1:8000/m/1.webp');
  });
});
