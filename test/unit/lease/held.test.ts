import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/core/log.ts';
import { type Position, sequencePosition, TRIM_HORIZON } from '../../../src/core/position.ts';
import type { Shard } from '../../../src/core/shard.ts';
import { holdLease } from '../../../src/lease/held.ts';
import { memoryLeaseStore } from '../../../src/lease/memory/store.ts';
import { keepAlive } from '../../../src/lease/renewal.ts';
import type { LeaseRow, LeaseStore, NewLease } from '../../../src/lease/store.ts';
import { manualClock, seeded } from '../../support/clock.ts';
import { faultyLeaseStore, type LeaseFault } from '../../support/faulty-lease-store.ts';
import { shard } from '../../support/shard.ts';

const FAILOVER_MS = 10_000;
const signal = new AbortController().signal;

/** A lease just taken by worker `a`, the table behind it, and faults to come. */
const scene = async ({
  lease = {} as Partial<NewLease>,
  position = TRIM_HORIZON as Position,
  listed = [] as Shard[],
} = {}) => {
  const clock = manualClock();
  const table = memoryLeaseStore();
  const faults: LeaseFault[] = [];
  let down = false;
  const store: LeaseStore = faultyLeaseStore(table, () => (down ? 'throttled' : faults.shift()));
  const blank = { startMs: undefined, parents: [], hashRange: undefined };
  await table.create({ shardId: 's', checkpoint: { at: 'TRIM_HORIZON' }, ...blank, ...lease }, 'make');
  const rows = async () => (await table.list(signal)).rows;
  const row = async (shardId = 's'): Promise<LeaseRow> => {
    const found = (await rows()).find((one) => one.shardId === shardId);
    return found ?? expect.unreachable(`no row ${shardId}`);
  };
  const seen = await row();
  await table.take(seen, 'a', undefined, 'take');
  const events: string[] = [];
  const observe = { event: (event: string) => void events.push(event) };
  let ids = 0;
  const held = holdLease({
    store,
    row: seen,
    owner: 'a',
    position,
    takenAtMs: clock.now(),
    failoverMs: FAILOVER_MS,
    clock,
    writeId: () => {
      ids += 1;
      return `w${ids}`;
    },
    childrenOf: async (shardId) => listed.filter(({ parents }) => parents.includes(shardId)),
    observe,
  });
  const stolen = async () => table.take(await row(), 'b', undefined, 'theft');
  const keep = () => keepAlive(held, { failoverMs: FAILOVER_MS, clock, random: seeded(1), observe, log: silentLog });
  const outage = (is: boolean) => {
    down = is;
  };
  return { clock, table, faults, held, row, rows, stolen, events, keep, outage };
};

describe('a checkpoint', () => {
  it('is written, forwards only', async () => {
    const { held, row } = await scene();
    expect(await held.save(sequencePosition('10'))).toBe('saved');
    expect(held.position).toEqual(sequencePosition('10'));
    await expect(held.save(sequencePosition('9'))).rejects.toThrow('would move backwards, to 9');
    await expect(held.save({ at: 'SHARD_END' })).rejects.toThrow('only a sequence number');
    expect((await row()).checkpoint).toEqual(sequencePosition('10'));
  });

  it('that is there already costs no write', async () => {
    const { held, row } = await scene();
    await held.save(sequencePosition('10'));
    const { counter } = await row();
    expect(await held.save(sequencePosition('10'))).toBe('saved');
    expect((await row()).counter).toBe(counter);
  });

  it('is not written on a lease that somebody else took', async () => {
    const { held, row, stolen, events } = await scene();
    await stolen();
    const before = await row();
    expect(await held.save(sequencePosition('10'))).toBe('lost');
    expect([held.lost.aborted, await row(), events]).toEqual([true, before, ['lost']]);
    expect(await held.save(sequencePosition('11'))).toBe('lost');
  });

  it('is not written once the lease has expired by our own clock, though nobody took it', async () => {
    const { held, row, clock, events } = await scene();
    const before = await row();
    await clock.tick(FAILOVER_MS);
    expect(await held.save(sequencePosition('10'))).toBe('lost');
    expect([held.lost.aborted, await row(), events]).toEqual([true, before, ['expired']]);
  });

  it.each<LeaseFault>(['answer-lost', 'throttled'])(
    'whose write ended %s is made good by the next one',
    async (fault) => {
      const { held, row, faults } = await scene();
      faults.push(fault);
      await expect(held.save(sequencePosition('10'))).rejects.toThrow();
      expect(await held.renew()).toBe('saved');
      expect((await row()).checkpoint).toEqual(sequencePosition('10'));
      expect(await held.save(sequencePosition('10'))).toBe('saved');
      expect(await held.save(sequencePosition('11'))).toBe('saved');
      expect(await row()).toMatchObject({ owner: 'a', checkpoint: sequencePosition('11') });
    },
  );

  it('whose answer was lost does not keep a lease that was taken since', async () => {
    const { held, row, faults, stolen } = await scene();
    faults.push('answer-lost');
    await expect(held.save(sequencePosition('10'))).rejects.toThrow();
    await stolen();
    expect(await held.save(sequencePosition('11'))).toBe('lost');
    expect(await row()).toMatchObject({ owner: 'b', checkpoint: sequencePosition('10') });
  });

  it('and renewals at the same time do not get into each other’s way', async () => {
    const { held, row, faults } = await scene();
    faults.push('repeated', undefined, 'repeated', 'repeated');
    const results = await Promise.all([
      held.save(sequencePosition('10')),
      held.renew(),
      held.save(sequencePosition('11')),
      held.renew(),
      held.save(sequencePosition('12')),
    ]);
    expect(new Set(results)).toEqual(new Set(['saved']));
    expect(await row()).toMatchObject({ owner: 'a', counter: 6, checkpoint: sequencePosition('12') });
  });
});

describe('expiry', () => {
  it('counts from the beginning of the write, not from its answer', async () => {
    const { held, clock } = await scene();
    await clock.tick(4_000);
    await held.renew();
    await clock.tick(FAILOVER_MS - 1);
    expect(held.holds()).toBe(true);
    await clock.tick(1);
    expect(held.holds()).toBe(false);
  });

  it('counts from the first sending of a write that was sent again', async () => {
    const { held, clock, faults } = await scene();
    faults.push('answer-lost');
    await expect(held.renew()).rejects.toThrow();
    await clock.tick(9_000);
    expect(await held.save(TRIM_HORIZON).catch(() => 'misuse')).toBe('misuse');
    faults.push(undefined, 'throttled');
    await expect(held.renew()).rejects.toThrow();
    await clock.tick(1_000);
    expect(held.lost.aborted || !held.holds()).toBe(true);
  });
});

describe('keeping alive', () => {
  it('holds the lease for as long as the table answers now and then', async () => {
    const { held, clock, keep, outage, row } = await scene();
    const kept = keep();
    for (let round = 0; round < 10; round += 1) {
      outage(true);
      await clock.tick(3_500);
      outage(false);
      await clock.tick(3_500);
    }
    expect([held.lost.aborted, (await row()).owner]).toEqual([false, 'a']);
    await held.release();
    await kept;
    expect([(await row()).owner, clock.sleepers()]).toEqual([undefined, 0]);
  });

  it('loses it at the failover time after the last sign of life, not later', async () => {
    const { held, clock, keep, outage, events } = await scene();
    const kept = keep();
    outage(true);
    await clock.tick(FAILOVER_MS - 1);
    expect(held.lost.aborted).toBe(false);
    await clock.tick(1);
    expect(held.lost.aborted).toBe(true);
    await kept;
    expect([events.includes('renew-failed'), events.at(-1), clock.sleepers()]).toEqual([true, 'expired', 0]);
  });

  it('learns well within the failover time that somebody else has it', async () => {
    const { held, clock, keep, stolen } = await scene();
    const kept = keep();
    await stolen();
    await clock.tick(FAILOVER_MS * 0.6);
    expect(held.lost.aborted).toBe(true);
    await kept;
  });

  it('shows another worker a sign of life while four tenths of the failover time are left to try again', async () => {
    const { held, clock, keep, row } = await scene();
    const kept = keep();
    for (let round = 0; round < 20; round += 1) {
      const { counter } = await row();
      await clock.tick(FAILOVER_MS * 0.6 + 1);
      expect((await row()).counter).toBeGreaterThan(counter);
    }
    await held.release();
    await kept;
  });
});

describe('the end of a shard', () => {
  it('makes the children before it says so', async () => {
    const { held, row, rows, faults } = await scene();
    faults.push(undefined, undefined, 'throttled');
    await expect(held.finish([shard('c1', 's'), shard('c2', 's')])).rejects.toThrow();
    expect((await row()).checkpoint).toEqual({ at: 'TRIM_HORIZON' });
    expect((await rows()).map(({ shardId }) => shardId)).toEqual(['s', 'c1', 'c2']);
    expect(await held.finish([shard('c1', 's'), shard('c2', 's')])).toBe('saved');
    expect(await row()).toMatchObject({ checkpoint: { at: 'SHARD_END' }, children: ['c1', 'c2'] });
    expect(await row('c1')).toMatchObject({ checkpoint: { at: 'TRIM_HORIZON' }, parents: ['s'], owner: undefined });
    expect([held.over.aborted, held.lost.aborted]).toEqual([true, false]);
  });

  it('does not say so while a child cannot be made', async () => {
    const { held, row, faults } = await scene();
    faults.push(undefined, 'throttled');
    await expect(held.finish([shard('c1', 's'), shard('c2', 's')])).rejects.toThrow('throttled');
    expect((await row()).checkpoint).toEqual({ at: 'TRIM_HORIZON' });
  });

  it('asks Kinesis for children that were not named', async () => {
    const { held, row } = await scene({ listed: [shard('x'), shard('c', 's')] });
    await held.finish([]);
    expect([(await row()).children, (await row('c')).parents]).toEqual([['c'], ['s']]);
  });

  it('hands a start time on to the children while nothing was read, and no longer after that', async () => {
    const lease = { checkpoint: { at: 'AT_TIMESTAMP' }, startMs: 77 } as const;
    const position = { at: 'AT_TIMESTAMP', timestampMs: 77 } as const;
    const unread = await scene({ lease, position });
    await unread.held.finish([shard('c', 's')]);
    expect(await unread.row('c')).toMatchObject({ checkpoint: { at: 'AT_TIMESTAMP' }, startMs: 77 });
    const read = await scene({ lease, position });
    await read.held.save(sequencePosition('10'));
    await read.held.finish([shard('c', 's')]);
    expect(await read.row('c')).toMatchObject({ checkpoint: { at: 'TRIM_HORIZON' }, startMs: undefined });
  });

  it('is not written by one who lost the lease', async () => {
    const { held, row, stolen } = await scene();
    await stolen();
    expect(await held.finish([shard('c', 's')])).toBe('lost');
    expect((await row()).checkpoint).toEqual({ at: 'TRIM_HORIZON' });
  });
});

describe('releasing', () => {
  it('frees the lease, and only once', async () => {
    const { held, row, faults } = await scene();
    faults.push('answer-lost');
    await expect(held.release()).rejects.toThrow();
    expect(await held.release()).toBe('saved');
    expect([(await row()).owner, held.over.aborted, held.lost.aborted]).toEqual([undefined, true, false]);
  });

  it('does not free it for somebody else', async () => {
    const { held, row, stolen } = await scene();
    await stolen();
    expect(await held.release()).toBe('lost');
    expect((await row()).owner).toBe('b');
  });
});
