import { describe, expect, it } from 'vitest';
import type { Probe } from '../../../src/core/probe.ts';
import { createReadiness } from '../../../src/http/readiness.ts';
import { manualClock } from '../../support/clock.ts';

const probe = (name: string, check: Probe['check']): Probe => ({ name, check });

describe('readiness', () => {
  it('is the agreement of all probes, with the reason of each that objects', async () => {
    const book = createReadiness(
      [
        probe('opensearch', async () => undefined),
        probe('kinesis', async () => 'throttled'),
        probe('leases', async () => Promise.reject(new Error('no table'))),
      ],
      manualClock(),
    );
    expect(await book.ask()).toEqual({
      ready: false,
      probes: [
        { name: 'opensearch', ok: true },
        { name: 'kinesis', ok: false, reason: 'throttled' },
        { name: 'leases', ok: false, reason: 'no table' },
      ],
    });
  });

  it('asks again only when the answers are 5 s old', async () => {
    const clock = manualClock();
    let reason: string | undefined = 'down';
    const book = createReadiness([probe('opensearch', async () => reason)], clock);
    expect((await book.ask()).ready).toBe(false);
    reason = undefined;
    await clock.tick(4_999);
    expect((await book.ask()).ready).toBe(false);
    await clock.tick(1);
    expect((await book.ask()).ready).toBe(true);
  });

  it('asks in parallel, and takes silence for a no', async () => {
    const clock = manualClock();
    const signals: AbortSignal[] = [];
    const silent = probe('kinesis', (signal) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    const book = createReadiness([silent, silent], clock);
    const asked = book.ask();
    await clock.tick(2_999);
    expect(signals.map((signal) => signal.aborted)).toEqual([false, false]);
    await clock.tick(1);
    const { ready, probes } = await asked;
    expect(ready).toBe(false);
    expect(probes.map((answer) => answer.reason)).toEqual(['no answer within 3 s', 'no answer within 3 s']);
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
  });

  it('says no while stopping, whatever the probes say, and leaves no timer behind', async () => {
    const clock = manualClock();
    const book = createReadiness([probe('opensearch', async () => undefined)], clock);
    expect((await book.ask()).ready).toBe(true);
    book.markStopping();
    expect(await book.ask()).toEqual({
      ready: false,
      probes: [{ name: 'worker', ok: false, reason: 'the worker is stopping' }],
    });
    expect(clock.sleepers()).toBe(0);
  });
});
