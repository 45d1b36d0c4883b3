// @vitest-environment node
import { expect, it } from 'vitest';
import { idBefore, isLater, maxId } from '../../src/lib/ids';

// Both round to the same number.
const EARLIER = '1980000000000000001';
const LATER = '1980000000000000002';

it('compares ids beyond what numbers hold', () => {
  expect(Number(EARLIER)).toBe(Number(LATER));
  expect(isLater(LATER, EARLIER)).toBe(true);
  expect(isLater(EARLIER, LATER)).toBe(false);
  expect(isLater(LATER, LATER)).toBe(false);
  expect(isLater('100', '99')).toBe(true);
});

it('takes the later id, or the one there is', () => {
  expect(maxId(EARLIER, LATER)).toBe(LATER);
  expect(maxId(LATER, EARLIER)).toBe(LATER);
  expect(maxId(undefined, EARLIER)).toBe(EARLIER);
  expect(maxId(EARLIER, undefined)).toBe(EARLIER);
  expect(maxId(undefined, undefined)).toBeUndefined();
});

it('goes back by milliseconds, not below zero', () => {
  expect(idBefore(String(5000n << 22n), 2000)).toBe(String(3000n << 22n));
  expect(idBefore('7', 1)).toBe('0');
});
