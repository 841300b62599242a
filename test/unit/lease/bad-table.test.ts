import { describe, expect, it } from 'vitest';
import type { HeldLease, Work } from '../../../src/core/lease.ts';
import { sequencePosition } from '../../../src/core/position.ts';
import { leaseTableProbe } from '../../../src/lease/board.ts';
import { memoryLeaseStore } from '../../../src/lease/memory/store.ts';
import type { LeaseStore } from '../../../src/lease/store.ts';
import { fleet } from '../../support/coordinators.ts';
import { faultyLeaseStore, type LeaseFault } from '../../support/faulty-lease-store.ts';
import { shard } from '../../support/shard.ts';

const signal = new AbortController().signal;

/** A table of which a row or all can be deleted: the next call finds nothing there. Each shard has a table of its own. */
const deletable = () => {
  let tables = new Map<string, LeaseStore>();
  const of = (key: string): LeaseStore => {
    const found = tables.get(key) ?? memoryLeaseStore();
    tables.set(key, found);
    return found;
  };
  const store: LeaseStore = {
    prepare: async () => {},
    list: async (stop) => {
      const all = await Promise.all([...tables.values()].map((table) => table.list(stop)));
      return { rows: all.flatMap(({ rows }) => rows), workers: all.flatMap(({ workers }) => workers), malformed: [] };
    },
    create: (lease, id) => of(lease.shardId).create(lease, id),
    take: (seen, owner, startMs, id) => of(seen.shardId).take(seen, owner, startMs, id),
    renew: (fence, id) => of(fence.shardId).renew(fence, id),
    save: (fence, checkpoint, id) => of(fence.shardId).save(fence, checkpoint, id),
    finish: (fence, children, id) => of(fence.shardId).finish(fence, children, id),
    release: (fence, id) => of(fence.shardId).release(fence, id),
    assign: (fence, to, id) => of(fence.shardId).assign(fence, to, id),
    remove: (ended) => of(ended.shardId).remove(ended),
    show: (worker) => of(worker.workerId).show(worker),
    hide: (worker) => of(worker.workerId).hide(worker),
  };
  const remove = (key?: string) => {
    if (key === undefined) tables = new Map();
    else tables.delete(key);
  };
  return { store, remove };
};

/** Saves one record a second, and knows where each work began and which of them run. */
const counting = (clock: ReturnType<typeof fleet>['clock']) => {
  const begun: string[] = [];
  const live = new Set<HeldLease>();
  const work: Work = async (held, stop) => {
    let at = held.position.at === 'SEQUENCE' ? Number(held.position.sequenceNumber) : 0;
    begun.push(`${held.position.at} ${at}`);
    live.add(held);
    while (!stop.aborted && !held.lost.aborted) {
      await clock.sleep(1_000, AbortSignal.any([stop, held.lost]));
      at += 1;
      await held.save(sequencePosition(String(at))).catch(() => undefined);
    }
    live.delete(held);
    return held.lost.aborted ? 'lost' : 'stopped';
  };
  return { begun, work, live: () => [...live].filter(({ lost }) => !lost.aborted).length };
};

describe('a table deleted under load', () => {
  it('is made again with every lease where it stood; at LATEST too nothing is skipped', async () => {
    const { clock, worker } = fleet([shard('s')], { start: { at: 'LATEST' } });
    const { store, remove } = deletable();
    const { begun, work, live } = counting(clock);
    const workers = [worker('a', work, store), worker('b', work, store)];
    await clock.tick(30_000);
    remove();
    for (let i = 0; i < 120; i += 1) {
      await clock.tick(250);
      expect(live()).toBeLessThanOrEqual(1);
    }
    const [first, second, ...more] = begun;
    expect([first, more]).toEqual(['AT_TIMESTAMP 0', []]);
    const at = Number(second?.replace('SEQUENCE ', ''));
    expect(at).toBeGreaterThanOrEqual(25);
    expect(at).toBeLessThanOrEqual(31);
    const row = (await store.list(signal)).rows[0];
    expect(row?.checkpoint.at === 'SEQUENCE' && Number(row.checkpoint.sequenceNumber)).toBeGreaterThan(at + 5);
    for (const { stop } of workers) stop.abort();
    await clock.tick(5_000);
    await Promise.all(workers.map(({ ended }) => ended));
  });

  it('is not filled with leases of shards that Kinesis has dropped', async () => {
    const { clock, worker, stream } = fleet([shard('old'), shard('s')]);
    const { store, remove } = deletable();
    const a = worker('a', counting(clock).work, store);
    await clock.tick(30_000);
    stream.shards.shift();
    remove();
    await clock.tick(30_000);
    expect((await store.list(signal)).rows.map(({ shardId }) => shardId)).toEqual(['s']);
    a.stop.abort();
    await clock.tick(5_000);
    await a.ended;
  });
});

describe('a row deleted under load', () => {
  it('is not made again by a worker just started before its holder has given up', async () => {
    const { clock, worker } = fleet([shard('s'), shard('t')]);
    const { store, remove } = deletable();
    const { work, live } = counting(clock);
    const a = worker('a', work, store);
    await clock.tick(20_000);
    remove('s');
    const b = worker('b', work, store);
    for (let i = 0; i < 100; i += 1) {
      await clock.tick(250);
      expect(live()).toBeLessThanOrEqual(2);
    }
    expect([live(), (await store.list(signal)).rows.length]).toEqual([2, 2]);
    for (const { stop } of [a, b]) stop.abort();
    await clock.tick(5_000);
    await Promise.all([a.ended, b.ended]);
  });

  it('at LATEST begins when the application did, if nobody remembers where it stood', async () => {
    const { clock, worker } = fleet([shard('s'), shard('t')], { start: { at: 'LATEST' } });
    const { store, remove } = deletable();
    const startMs = clock.wall().getTime();
    const a = worker('a', counting(clock).work, store);
    await clock.tick(20_000);
    a.stop.abort();
    await clock.tick(5_000);
    remove('s');
    const b = worker('b', counting(clock).work, store);
    await clock.tick(20_000);
    const { rows } = await store.list(signal);
    expect(rows.map((row) => [row.owner, row.startMs])).toEqual([
      ['b', startMs],
      ['b', startMs],
    ]);
    b.stop.abort();
    await clock.tick(5_000);
    await Promise.all([a.ended, b.ended]);
  });
});

describe('the lease of a shard that has ended', () => {
  /** Ends parents and works on whatever continues them. */
  const scene = (begins: boolean) => {
    const world = fleet([shard('p'), shard('q')]);
    const { store, remove } = deletable();
    const children = begins ? [shard('c', 'p'), shard('d', 'p')] : [shard('c', 'p', 'q')];
    const { work } = counting(world.clock);
    const a = world.worker(
      'a',
      async (held, stop) => {
        if (held.shard.id !== 'p') return work(held, stop);
        world.stream.shards.push(...children);
        await held.finish(children);
        return 'finished';
      },
      store,
    );
    const rows = async () =>
      Object.fromEntries((await store.list(signal)).rows.map(({ shardId, checkpoint }) => [shardId, checkpoint.at]));
    return { ...world, a, store, remove, rows };
  };

  it.each([
    [true, { q: 'SEQUENCE', c: 'SEQUENCE', d: 'SEQUENCE' }],
    [false, { q: 'SEQUENCE', p: 'SHARD_END', c: 'TRIM_HORIZON' }],
  ])('is left away when somebody cleans it away and its children have begun: %s', async (begins, expected) => {
    const { clock, a, remove, rows } = scene(begins);
    await clock.tick(20_000);
    expect(await rows()).toEqual({ ...expected, p: 'SHARD_END' });
    remove('p');
    await clock.tick(30_000);
    expect(await rows()).toEqual(expected);
    a.stop.abort();
    await clock.tick(5_000);
    await a.ended;
  });

  it('is removed when Kinesis has dropped the shard, and not brought back by those who remember it', async () => {
    const { clock, a, stream, rows, worker, store } = scene(true);
    const b = worker('b', counting(clock).work, store);
    await clock.tick(20_000);
    expect(await rows()).toMatchObject({ p: 'SHARD_END' });
    stream.shards.shift();
    await clock.tick(160_000);
    expect(await rows()).toEqual({ q: 'SEQUENCE', c: 'SEQUENCE', d: 'SEQUENCE' });
    // A list without any shard is no list.
    stream.shards.length = 0;
    await clock.tick(160_000);
    expect(Object.keys(await rows()).length).toBe(3);
    for (const { stop } of [a, b]) stop.abort();
    await clock.tick(5_000);
    await Promise.all([a.ended, b.ended]);
  });

  it('is named when Kinesis has that shard open: the stream was made anew; removed, it begins anew', async () => {
    const { clock, worker } = fleet([shard('s'), shard('t')]);
    const { store, remove } = deletable();
    const blank = { startMs: undefined, parents: [], hashRange: undefined };
    await store.create({ shardId: 's', checkpoint: { at: 'TRIM_HORIZON' }, ...blank }, 'make');
    const [row] = (await store.list(signal)).rows;
    if (row) await store.take(row, 'x', undefined, 'take');
    await store.finish({ shardId: 's', owner: 'x', counter: 1 }, ['old-1', 'old-2'], 'finish');
    const { work, live } = counting(clock);
    const a = worker('a', work, store);
    const probe = leaseTableProbe(a.board);
    await clock.tick(5_000);
    expect(await probe.check(signal)).toBeUndefined();
    await clock.tick(15_000);
    expect(await probe.check(signal)).toContain('but Kinesis has them open: s;');
    expect(live()).toBe(1);
    remove('s');
    await clock.tick(90_000);
    expect([await probe.check(signal), live()]).toEqual([undefined, 2]);
    a.stop.abort();
    await clock.tick(5_000);
    await a.ended;
  });
});

describe('making leases', () => {
  it('goes on at once in a table that was empty, after a failure in the middle', async () => {
    const { clock, worker, table, owners } = fleet([shard('s'), shard('t'), shard('u')]);
    const faults: LeaseFault[] = [undefined, 'throttled'];
    const a = worker(
      'a',
      counting(clock).work,
      faultyLeaseStore(table, (call) => (call === 'create' ? faults.shift() : undefined)),
    );
    await clock.tick(5_000);
    expect(await owners()).toEqual({ s: 'a', t: 'a', u: 'a' });
    a.stop.abort();
    await clock.tick(5_000);
    await a.ended;
  });
});

describe('rows that cannot be read', () => {
  it('are named by the probe, and keep nobody from the other leases', async () => {
    const { clock, worker, table, owners } = fleet([shard('s'), shard('broken')]);
    const malformed = [{ key: 'broken', problem: 'leaseCounter is not a whole number' }];
    const store: LeaseStore = { ...table, list: async (stop) => ({ ...(await table.list(stop)), malformed }) };
    const a = worker('a', counting(clock).work, store);
    const probe = leaseTableProbe(a.board);
    await clock.tick(5_000);
    expect(await probe.check(signal)).toBe(
      'nobody works on leases whose rows cannot be read: broken (leaseCounter is not a whole number)',
    );
    expect(await owners()).toEqual({ s: 'a' });
    // Somebody removes the row: it is made again within moments of the failover time.
    malformed.length = 0;
    await clock.tick(13_000);
    expect(await probe.check(signal)).toBeUndefined();
    expect(await owners()).toEqual({ s: 'a', broken: 'a' });
    a.stop.abort();
    await clock.tick(5_000);
    await a.ended;
  });
});

describe('a lease that does not tell where to begin', () => {
  it('is named by the probe, and keeps nobody from the other leases', async () => {
    const { clock, worker, table, owners } = fleet([shard('s'), shard('java')]);
    const blank = { startMs: undefined, parents: [], hashRange: undefined };
    await table.create({ shardId: 'java', checkpoint: { at: 'AT_TIMESTAMP' }, ...blank }, 'make');
    const a = worker('a', counting(clock).work);
    await clock.tick(15_000);
    expect(await leaseTableProbe(a.board).check(signal)).toBe(
      'nobody works on java: its checkpoint is AT_TIMESTAMP and the time is not known here: set start to that time',
    );
    expect(await owners()).toEqual({ s: 'a', java: undefined });
    a.stop.abort();
    await clock.tick(5_000);
    await a.ended;
  });
});

describe('a table that does not answer for a minute', () => {
  it('is named, ends the work in time, and the work goes on where it was saved', async () => {
    const { clock, worker, table } = fleet([shard('s')]);
    const world = { down: false };
    const { begun, work, live } = counting(clock);
    const a = worker(
      'a',
      work,
      faultyLeaseStore(table, () => (world.down ? 'throttled' : undefined)),
    );
    const probe = leaseTableProbe(a.board);
    await clock.tick(20_000);
    world.down = true;
    await clock.tick(12_000);
    expect([live(), await probe.check(signal)]).toEqual([0, 'the lease table cannot be used: throttled']);
    await clock.tick(48_000);
    world.down = false;
    await clock.tick(8_000);
    expect([live(), await probe.check(signal)]).toEqual([1, undefined]);
    expect(begun[1]).toMatch(/^SEQUENCE (18|19|20)$/);
    a.stop.abort();
    await clock.tick(5_000);
    await a.ended;
  });
});
