import type { Verdict } from './compare-letters.ts';
import type { Expected, Found, Place } from './entries.ts';
import type { Tally } from './tally.ts';

const countDifferent = (tally: Tally, expected: Place & Partial<Expected>, stored: Found): void => {
  const { index, id, digest } = expected;
  if (index !== undefined && id !== undefined) tally.expected(expected, { index, id, digest });
  tally.found(expected, stored);
  tally.count('different', expected);
};

/** Counts a verdict for the shard and the day of its record, and adds its documents to their digests. */
export const countVerdict = (tally: Tally, verdict: Verdict): void => {
  switch (verdict.verdict) {
    case 'dead-letter':
      tally.count('dead_letter', verdict.place);
      break;
    case 'pending':
      tally.count('pending', verdict.place);
      break;
    case 'missing':
      tally.expected(verdict.open.expected, verdict.open.expected);
      tally.count('missing', verdict.open.expected);
      break;
    case 'missing-letter':
      tally.count('missing', verdict.unreadable);
      break;
    case 'different':
      countDifferent(tally, verdict.expected, verdict.stored);
      break;
    case 'unexpected':
      tally.found(verdict.stored, verdict.stored);
      tally.count('unexpected', verdict.stored);
      break;
    default:
      verdict satisfies never;
  }
};
