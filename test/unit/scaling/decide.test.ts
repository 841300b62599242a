import { describe, expect, it } from 'vitest';
import { decide, type Fleet, firstOpinion } from '../../../src/scaling/decide.ts';
import type { Load } from '../../../src/scaling/load.ts';

const calm: Load = { need: 0.5, lagSeconds: 0, limit: 'none', about: '', shards: 4 };
const behind: Load = { need: 1, lagSeconds: 90, limit: 'worker', about: 's7', shards: 4 };

describe('an opinion that is gone on from', () => {
  it.each([2, 5, 9, 10, 20, 300])('asks for more than a tenth more where one of %d is behind', (workers) => {
    const loads = Array.from({ length: workers }, (_, i) => (i === 0 ? behind : calm));
    const fleet: Fleet = { workers, shards: 4 * workers, unowned: 0, loads, unknown: 0 };
    let opinion = firstOpinion(fleet);
    for (let i = 0; i < 13; i += 1) opinion = decide(opinion, fleet, 5_000);
    expect(opinion.desired / workers - 1).toBeGreaterThan(0.1);
    expect(opinion.desired).toBeLessThanOrEqual(Math.max(workers + 1, 1.2 * workers));
  });
});
