import { describe, expect, it } from 'vitest';
import { gaps } from '../../../bench/gaps.ts';

const heard = (times: readonly number[], sinceMs: number, untilMs: number) =>
  gaps({ a: times }, ['a'], sinceMs, untilMs)[0];

describe('the longest silence of a shard', () => {
  it('begins with what was heard last before the fault', () => {
    expect(heard([0, 900, 1_000, 4_000, 4_200], 1_500, 4_300)).toBe(3);
  });

  it('counts a silence that lasts until the end', () => {
    expect(heard([900, 1_000, 1_100], 1_000, 9_100)).toBe(8);
  });

  it('leaves out what came before the fault and after the end', () => {
    expect(heard([0, 5_000, 5_200, 5_400, 60_000], 5_100, 5_500)).toBeCloseTo(0.2);
  });

  it('counts a shard that was never heard of from the fault on', () => {
    expect(gaps({}, ['b'], 1_000, 3_000)).toEqual([2]);
  });

  it('is told for the asked shards, in their order', () => {
    const times = { a: [0, 400, 1_000], b: [0, 900, 1_000], c: [0] };
    expect(gaps(times, ['b', 'a'], 0, 1_000)).toEqual([0.9, 0.6]);
  });
});
