import { describe, expect, it } from 'vitest';
import { makeAhead } from '../../../src/app/index-ahead.ts';
import type { Log } from '../../../src/core/log.ts';
import { indexSuccession } from '../../../src/sink/index-pattern.ts';
import type { Creation } from '../../../src/sink/opensearch/create-index.ts';
import { manualClock } from '../../support/clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2026, 0, 2, 12);

/** A worker from noon of January 2nd on, whose OpenSearch answers with `creations` in turn, then with 'created'. */
const worker = (random: number, creations: readonly Creation[] = []) => {
  const clock = manualClock(0, NOON);
  const made: { readonly index: string; readonly at: string }[] = [];
  const said: string[] = [];
  const log: Log = {
    debug() {},
    info: (_, text) => said.push(text),
    warn: (fields, text) => said.push(`${text}: ${JSON.stringify(fields)}`),
    error() {},
  };
  const stopping = new AbortController();
  const state = { indexed: 0 };
  const next = indexSuccession('e-{yyyy.MM.dd}');
  if (!next) throw new Error('no succession');
  const create = async (index: string): Promise<Creation> => {
    made.push({ index, at: clock.wall().toISOString().slice(5, 16) });
    return creations[made.length - 1] ?? 'created';
  };
  const ended = makeAhead(
    { next, create, indexed: () => state.indexed, clock, random: () => random, log },
    stopping.signal,
  );
  return {
    made,
    said,
    /** Lets time pass, indexing something every ten minutes, or nothing. */
    async live(ms: number, busy = true) {
      for (let passed = 0; passed < ms; passed += 10 * MINUTE_MS) {
        if (busy) state.indexed += 1;
        await clock.tick(10 * MINUTE_MS);
      }
    },
    async stop() {
      stopping.abort();
      await ended;
    },
  };
};

describe('the index of tomorrow', () => {
  it.each([
    [0, '01-02T23:55'],
    [0.5, '01-02T23:50'],
    [1, '01-02T23:45'],
  ])(
    'is made once, a quarter of an hour before midnight at the soonest, at a moment of its own (%d)',
    async (random, at) => {
      const one = worker(random);
      await one.live(36 * HOUR_MS);
      await one.stop();
      expect(one.made).toEqual([
        { index: 'e-2026.01.03', at },
        { index: 'e-2026.01.04', at: at.replace('01-02', '01-03') },
      ]);
    },
  );

  it('is found where another worker made it', async () => {
    const one = worker(0.5, ['exists']);
    await one.live(13 * HOUR_MS);
    await one.stop();
    expect(one.made).toHaveLength(1);
  });

  it('is not made by a worker that has had nothing to index for an hour', async () => {
    const one = worker(0.5);
    await one.live(10 * HOUR_MS);
    await one.live(60 * HOUR_MS, false);
    expect(one.made).toEqual([]);
    await one.live(24 * HOUR_MS);
    await one.stop();
    expect(one.made.map(({ index }) => index)).toEqual(['e-2026.01.06']);
  });

  it('is tried again until midnight when it cannot be made, and that is told once', async () => {
    const failed = { failed: '403 security_exception: no permissions' };
    const one = worker(1, [failed, failed, failed]);
    await one.live(13 * HOUR_MS);
    await one.stop();
    expect(one.made).toHaveLength(4);
    expect(new Set(one.made.map(({ index }) => index))).toEqual(new Set(['e-2026.01.03']));
    expect(one.said).toHaveLength(2);
    expect(one.said[0]).toContain('403 security_exception');
  });
});
