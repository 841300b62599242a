import { describe, expect, it } from 'vitest';
import { type LearntLimit, nothingLearnt, refusedAt, takenAt } from '../../../src/sink/learnt-limit.ts';

const MOST = 5_000_000;

/** Sends full requests against a real limit for so many steps of a second; returns what is learnt and how often it was refused. */
const against = (real: number, from: LearntLimit, steps: number, startMs = 0) => {
  let limit = from;
  let refused = 0;
  for (let i = 0; i < steps; i += 1) {
    const bytes = Math.min(MOST, limit.bytes);
    const nowMs = startMs + i * 1_000;
    if (bytes > real) refused += 1;
    limit = bytes > real ? refusedAt(limit, bytes, nowMs) : takenAt(limit, bytes, nowMs, MOST);
  }
  return { limit, refused };
};

describe('a limit learnt from 413', () => {
  it.each([70_000, 300_000, 1_048_576, 4_900_000])('comes near %i without passing it often', (real) => {
    const { limit, refused } = against(real, nothingLearnt, 500);
    expect(limit.bytes).toBeLessThanOrEqual(real);
    expect(limit.bytes).toBeGreaterThan(0.7 * real);
    expect(refused).toBeLessThan(10);
  });

  it('is doubted every ten minutes, at the price of one refusal', () => {
    const { limit } = against(300_000, nothingLearnt, 590);
    const hour = against(300_000, limit, 3_600, 590_000);
    expect(hour.refused).toBeLessThan(14);
    expect(hour.limit.bytes).toBeGreaterThan(0.7 * 300_000);
  });

  it('is forgotten when it is not there any more', () => {
    const { limit } = against(100_000, nothingLearnt, 500);
    expect(against(Infinity, limit, 700, 500_000).limit).toEqual(nothingLearnt);
  });

  it('is no smaller than what only something broken refuses, and gone soon after that is mended', () => {
    const { limit } = against(100, nothingLearnt, 100);
    expect(limit.bytes).toBe(16_384);
    expect(against(Infinity, limit, 60, 100_000).limit).toEqual(nothingLearnt);
  });

  it('is not moved by what says nothing about it: small requests, and larger ones than were refused', () => {
    const limit = refusedAt(nothingLearnt, 1_000_000, 0);
    expect(limit.bytes).toBe(500_000);
    expect(takenAt(limit, 100_000, 1, MOST)).toBe(limit);
    expect(refusedAt(limit, 2_000_000, 1)).toBe(limit);
  });
});
