import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isoTime } from '../../../src/core/iso-time.ts';

const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

it('is what a Date writes, for any moment of the years 1 to 9999, in any order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: FIRST_MS, max: LAST_MS }), { minLength: 1 }), (moments) => {
      for (const ms of moments) expect(isoTime(ms)).toBe(new Date(ms).toISOString());
    }),
  );
});

it.each([FIRST_MS, LAST_MS, -1, 0, 1, 951_782_399_999, 951_782_400_000])('is what a Date writes for %d', (ms) => {
  expect(isoTime(ms)).toBe(new Date(ms).toISOString());
});
