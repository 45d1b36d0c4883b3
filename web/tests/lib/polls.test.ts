// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { isClosed, percent, totalVotes, withVote } from '../../src/lib/polls';

const OPTIONS = [
  { position: 1, label: 'a', votes: 2 },
  { position: 2, label: 'b', votes: 1 },
];

it('counts votes and shares', () => {
  expect(totalVotes(OPTIONS)).toBe(3);
  expect(OPTIONS.map((one) => percent(one.votes, 3))).toEqual([67, 33]);
  expect(percent(0, 0)).toBe(0);
});

it('adds a vote to one option and changes no other', () => {
  expect(withVote(OPTIONS, 2).map((one) => one.votes)).toEqual([2, 2]);
  expect(OPTIONS[1]?.votes).toBe(1);
});

describe('isClosed', () => {
  const end_datetime = '2026-06-15T12:00:00Z';
  const end = Date.parse(end_datetime);

  it('follows the clock where the server has not closed it yet', () => {
    expect(isClosed({ voting_status: 'open', end_datetime }, end - 1)).toBe(false);
    expect(isClosed({ voting_status: 'open', end_datetime }, end)).toBe(true);
  });

  it('believes the server before the clock', () => {
    expect(isClosed({ voting_status: 'closed', end_datetime }, end - 1)).toBe(true);
  });

  it('takes a poll without an end for closed', () => {
    expect(isClosed({ voting_status: 'open' }, 0)).toBe(true);
  });
});
