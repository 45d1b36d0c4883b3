// @vitest-environment node
import { describe, expect, it } from 'vitest';
import {
  formatCount,
  formatRelative,
  hueOf,
  initials,
  lines,
  localTime,
  plural,
} from '../../src/lib/format';

const NOW = Date.parse('2026-06-15T12:00:00');
const ago = (ms: number): string => new Date(NOW - ms).toISOString();
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('formatRelative', () => {
  it.each([
    [-5 * SECOND, 'now'],
    [59 * SECOND, 'now'],
    [MINUTE, '1m'],
    [59 * MINUTE + 59 * SECOND, '59m'],
    [HOUR, '1h'],
    [DAY - SECOND, '23h'],
    [DAY, '1d'],
    [7 * DAY - SECOND, '6d'],
    [7 * DAY, 'Jun 8'],
    [200 * DAY, 'Nov 27, 2025'],
  ])('%i ms ago', (age, expected) => {
    expect(formatRelative(ago(age), NOW)).toBe(expected);
  });
});

it.each([
  [0, '0 votes'],
  [1, '1 vote'],
  [999, '999 votes'],
  [1250, '1.3K votes'],
])('plural of %i', (count, expected) => {
  expect(plural(count, 'vote')).toBe(expected);
});

it('takes an irregular plural', () => {
  expect(plural(2, 'reply', 'replies')).toBe('2 replies');
});

it('shortens large counts', () => {
  expect([1000, 12_345, 1_000_000].map(formatCount)).toEqual(['1K', '12.3K', '1M']);
});

it.each([
  ['Ada Lovelace', 'AL'],
  ['ada', 'A'],
  ['Anna Maria von Berg', 'AB'],
  ['  ', '?'],
  ['🐦 bird', '🐦B'],
])('initials of %s', (name, expected) => {
  expect(initials(name)).toBe(expected);
});

describe('hueOf', () => {
  const ids = Array.from({ length: 500 }, (_, n) => String(1_980_000_000_000_000_000n + BigInt(n)));

  it('keeps an account its colour', () => {
    expect(hueOf('1980000000000000001')).toBe(hueOf('1980000000000000001'));
  });

  it('leaves out the olive tones and stays on the wheel', () => {
    for (const hue of ids.map(hueOf)) {
      expect(hue < 70 || hue >= 130).toBe(true);
      expect(hue).toBeLessThan(360);
    }
  });

  it('spreads neighbouring ids', () => {
    expect(new Set(ids.map(hueOf)).size).toBeGreaterThan(200);
  });
});

it('gives a datetime field local time', () => {
  expect(localTime(new Date(2026, 0, 2, 3, 4))).toBe('2026-01-02T03:04');
});

it('reads the lines of a field', () => {
  expect(lines(' https://a.example \n\n\thttps://b.example\n')).toEqual([
    'https://a.example',
    'https://b.example',
  ]);
  expect(lines('')).toEqual([]);
});
