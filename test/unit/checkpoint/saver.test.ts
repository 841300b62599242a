import { describe, expect, it } from 'vitest';
import { saveWhileRunning } from '../../../src/checkpoint/saver.ts';
import { openTracker } from '../../../src/checkpoint/tracker.ts';
import type { Saved } from '../../../src/core/lease.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { Page } from '../../../src/core/page.ts';
import { type Position, sequencePosition, TRIM_HORIZON } from '../../../src/core/position.ts';
import { manualClock } from '../../support/clock.ts';

const page = (...sequenceNumbers: string[]): Page => ({
  records: sequenceNumbers.map((sequenceNumber) => ({
    data: new Uint8Array(),
    sequenceNumber,
    arrivedMs: 0,
    partitionKey: undefined,
  })),
  bytes: 0,
  behindMs: 0,
  children: undefined,
  charge: { add() {}, release() {} },
});

/** A saver over a lease that keeps what it was given and can be told to fail. */
const scene = () => {
  const clock = manualClock();
  const tracker = openTracker();
  const lost = new AbortController();
  const stop = new AbortController();
  const written: string[] = [];
  const failures: string[] = [];
  let table: 'well' | 'down' = 'well';
  const save = async (to: Position): Promise<Saved> => {
    if (table === 'down') throw new Error('the table is away');
    if (lost.signal.aborted) return 'lost';
    if (to.at === 'SEQUENCE') written.push(to.sequenceNumber);
    return 'saved';
  };
  let position: Position = TRIM_HORIZON;
  const held = {
    shard: { id: 'shardId-0', parents: [], hashRange: undefined },
    get position() {
      return position;
    },
    lost: lost.signal,
    save,
    finish: async (): Promise<Saved> => 'saved',
  };
  const observe = { saved() {}, failed: (shardId: string) => void failures.push(shardId) };
  const options = { tracker, held, intervalMs: 5_000, clock, random: () => 0.5, observe, log: silentLog };
  const saver = saveWhileRunning(options, stop.signal);
  return {
    clock,
    tracker,
    lost,
    stop,
    written,
    failures,
    saver,
    table: (is: 'well' | 'down') => (table = is),
    at: (to: Position) => (position = to),
  };
};

describe('saving while running', () => {
  it('saves each interval in which the watermark moved, and nothing in the others', async () => {
    const { clock, tracker, stop, written, saver } = scene();
    const ticket = tracker.open(page('7', '8', '9'));
    await clock.tick(5_000);
    expect(written).toEqual([]);
    ticket.settle(0);
    ticket.settle(2);
    await clock.tick(5_000);
    expect(written).toEqual(['7']);
    await clock.tick(20_000);
    expect(written).toEqual(['7']);
    ticket.settle(1);
    await clock.tick(5_000);
    expect(written).toEqual(['7', '9']);
    stop.abort();
    await saver.ended;
    expect(clock.sleepers()).toBe(0);
  });

  it('keeps trying while the table is away, and then saves what is settled by then', async () => {
    const { clock, tracker, stop, written, failures, saver, table } = scene();
    const ticket = tracker.open(page('7', '8'));
    table('down');
    ticket.settle(0);
    await clock.tick(30_000);
    expect([written, new Set(failures)]).toEqual([[], new Set(['shardId-0'])]);
    ticket.settle(1);
    table('well');
    await clock.tick(10_000);
    expect(written).toEqual(['8']);
    stop.abort();
    await saver.ended;
  });

  it('ends with the lease and writes nothing more', async () => {
    const { clock, tracker, lost, written, saver } = scene();
    tracker.open(page('7')).settle(0);
    lost.abort();
    await saver.ended;
    expect(await saver.saveNow(new AbortController().signal)).toBe('lost');
    await clock.tick(30_000);
    expect(written).toEqual([]);
  });

  it('saves at once when told to, or gives up at the deadline', async () => {
    const { clock, tracker, stop, written, saver, table } = scene();
    stop.abort();
    await saver.ended;
    tracker.open(page('7')).settle(0);
    table('down');
    const deadline = new AbortController();
    const unsaved = saver.saveNow(deadline.signal);
    await clock.tick(60_000);
    deadline.abort();
    expect(await unsaved).toBe('unsaved');
    table('well');
    expect(await saver.saveNow(new AbortController().signal)).toBe('saved');
    expect(written).toEqual(['7']);
  });

  it('saves nothing that the lease has left behind: an answer lost earlier may turn out to have arrived', async () => {
    const { clock, tracker, stop, written, saver, at } = scene();
    tracker.open(page('7', '8')).settle(0);
    at(sequencePosition('8'));
    expect(await saver.saveNow(new AbortController().signal)).toBe('saved');
    await clock.tick(5_000);
    expect(written).toEqual([]);
    stop.abort();
    await saver.ended;
  });

  it('knows how old the checkpoint is: nothing waiting is 0, and a stuck record makes it grow', async () => {
    const { clock, tracker, stop, saver } = scene();
    await clock.tick(60_000);
    expect(saver.ageMs()).toBe(0);
    const ticket = tracker.open(page('7', '8'));
    await clock.tick(60_000);
    expect(saver.ageMs()).toBe(60_000);
    ticket.settle(0);
    await clock.tick(5_000);
    expect(saver.ageMs()).toBe(0);
    await clock.tick(4_000);
    ticket.settle(1);
    expect(saver.ageMs()).toBe(4_000);
    stop.abort();
    await saver.ended;
  });
});
