import { describe, expect, it } from 'vitest';
import { openPace, type Pace } from '../../../src/sink/pace.ts';

const FULL = { maxBytes: 5_000_000, maxDocuments: 10_000, maxAgeMs: 100 };

/** Sends requests as full as documents of one size make them; `outcome` is what becomes of each. */
const sendMany = (
  pace: Pace,
  documentBytes: number,
  outcome: 'taken' | 'busy' | 'late',
  times: number,
  fromMs: number,
) => {
  for (let i = 1; i <= times; i += 1) {
    const { maxBytes, maxDocuments } = pace.limits();
    const documents = Math.max(1, Math.min(maxDocuments, Math.floor(maxBytes / documentBytes)));
    const bytes = documents * documentBytes;
    const endedMs = fromMs + i * 1_000;
    if (outcome === 'taken') pace.taken(bytes, endedMs);
    pace.answered({ outcome, documents, bytes, rejected: 0, sentMs: endedMs - 100, endedMs, isLimited: true });
  }
};

// Some fill a small request hardly more than by half, as two of them are too large for it.
describe.each([1_000, 9_000, 12_000, 60_000, 100_000, 700_000, 2_600_000])('with documents of %i bytes', (bytes) => {
  it.each(['busy', 'late'] as const)('requests become as large as ever after %s answers', (outcome) => {
    const pace = openPace(FULL, 8, () => {});
    sendMany(pace, bytes, outcome, 30, 0);
    expect(pace.limits().maxBytes).toBeLessThan(6_000);
    sendMany(pace, bytes, 'taken', 3_000, 100_000);
    expect(pace.limits().maxBytes).toBe(FULL.maxBytes);
  });

  it('what a broken proxy refused as too large is forgotten when it is mended', () => {
    const pace = openPace(FULL, 8, () => {});
    pace.refused(500, 0);
    expect(pace.limits().maxBytes).toBe(16_384);
    sendMany(pace, bytes, 'taken', 2_000, 1_000);
    expect(pace.limits().maxBytes).toBe(FULL.maxBytes);
  });
});
