import { describe, expect, it } from 'vitest';
import { type Check, examine } from '../../../src/doctor/examine.ts';
import { ok } from '../../../src/doctor/finding.ts';
import { manualClock } from '../../support/clock.ts';

const good: Check = { name: 'memory', ask: async () => [ok('memory', 'enough')] };
const broken: Check = {
  name: 'opensearch',
  ask: async () => {
    throw new Error('it broke');
  },
};

describe('examine', () => {
  it('asks everything although one fails and another hangs, and is done in time', async () => {
    const clock = manualClock();
    let given: AbortSignal | undefined;
    const hanging: Check = {
      name: 'stream',
      ask: (signal) => {
        given = signal;
        return new Promise(() => {});
      },
    };
    const stop = new AbortController().signal;
    const examining = examine([hanging, broken, good], { clock, withinMs: 10_000, stop });
    await clock.tick(10_000);
    expect((await examining).map(({ check, state, message }) => [check, state, message])).toEqual([
      ['memory', 'ok', 'enough'],
      ['opensearch', 'fail', 'it broke'],
      ['stream', 'fail', 'no answer within 10 s'],
    ]);
    expect(given?.aborted).toBe(true);
  });

  it('ends at once when it is stopped', async () => {
    const stop = new AbortController();
    const hanging: Check = { name: 'stream', ask: () => new Promise(() => {}) };
    const examining = examine([hanging], { clock: manualClock(), withinMs: 10_000, stop: stop.signal });
    stop.abort();
    expect(await examining).toMatchObject([{ state: 'fail', message: expect.stringContaining('stopped') }]);
  });
});
