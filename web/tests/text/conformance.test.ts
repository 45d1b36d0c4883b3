// @vitest-environment node
import { describe, expect, it } from 'vitest';
import cases from '../../../tests/data/twitter_text.json';
import type { Entities } from '../../src/api/types';
import { findLinks } from '../../src/lib/text/links';
import { segments } from '../../src/lib/text/segments';
import { textProblem, weightedLength } from '../../src/lib/text/weight';

/**
 * The cases that the server runs as well (tests/unit/text/test_conformance.py). Mentions and
 * hashtags are found by the server; here they say where the client cuts the text.
 */

const named = <T extends { description: string }>(list: T[]): [string, T][] =>
  list.map((one, number) => [`${number}: ${one.description}`, one]);

const points = (text: string, units: number): number => [...text.slice(0, units)].length;

describe('urls', () => {
  it.each(named(cases.urls))('%s', (_, { text, expected }) => {
    expect(findLinks(text).map(({ start, end }) => text.slice(start, end))).toEqual(expected);
  });

  it.each(named(cases.urls_with_indices))('indices: %s', (_, { text, expected }) => {
    const found = findLinks(text).map(({ start, end }) => ({
      value: text.slice(start, end),
      indices: [points(text, start), points(text, end)],
    }));
    expect(found).toEqual(expected);
  });

  it('knows every top-level domain', () => {
    const names = cases.top_level_domains.names.join(' ').split(' ');
    expect(names.length).toBeGreaterThan(1500);
    const missed = names.filter((name) => {
      const text = cases.top_level_domains.text.replace('{}', name);
      const [link] = findLinks(text);
      return link?.start !== 0 || link.end !== text.length;
    });
    expect(missed).toEqual([]);
  });
});

it.each(named(cases.weights))('weight: %s', (_, { text, expected }) => {
  expect(weightedLength(text)).toBe(expected);
});

it.each(named(cases.validity))('validity: %s', (_, { text, expected }) => {
  expect(textProblem(text) === null).toBe(expected);
});

/** Where values stand in a text one after another, each with its sign in front, in code points. */
function place(text: string, values: string[]): { value: string; indices: number[] }[] {
  let from = 0;
  return values.map((value) => {
    const found = /[@＠#＃]/g;
    found.lastIndex = from;
    for (let sign = found.exec(text); sign; sign = found.exec(text)) {
      const end = sign.index + 1 + value.length;
      if (text.slice(sign.index + 1, end) !== value) continue;
      from = end;
      return { value, indices: [points(text, sign.index), points(text, end)] };
    }
    throw new Error(`${value} is not in the text`);
  });
}

const KINDS = {
  mentions: (value: string, start: number, end: number): Entities => ({
    mentions: [{ start, end, username: value, id: '1' }],
  }),
  hashtags: (value: string, start: number, end: number): Entities => ({
    hashtags: [{ start, end, tag: value }],
  }),
};

describe.each(['mentions', 'hashtags'] as const)('%s', (kind) => {
  const all = [
    ...cases[kind].map((one) => ({ ...one, found: place(one.text, one.expected) })),
    ...cases[`${kind}_with_indices`].map((one) => ({ ...one, found: one.expected })),
  ];

  it.each(named(all))('%s', (_, { text, found }) => {
    const entities: Entities = {};
    for (const { value, indices } of found) {
      const one = KINDS[kind](value, indices[0] ?? -1, indices[1] ?? -1);
      entities.mentions = [...(entities.mentions ?? []), ...(one.mentions ?? [])];
      entities.hashtags = [...(entities.hashtags ?? []), ...(one.hashtags ?? [])];
    }
    const cut = segments(text, entities);
    expect(cut.map((one) => one.text).join('')).toBe(text);
    const shown = cut.filter((one) => one.kind !== 'text').map((one) => one.text.slice(1));
    expect(shown).toEqual(found.map((one) => one.value));
  });
});
