import { describe, expect, it } from 'vitest';
import type { HeldLease, Work } from '../../../src/core/lease.ts';
import { sequencePosition } from '../../../src/core/position.ts';
import { leaseTableProbe } from '../../../src/lease/board.ts';
import { aborted, fleet, patient } from '../../support/coordinators.ts';
import { faultyLeaseStore } from '../../support/faulty-lease-store.ts';
import { shard } from '../../support/shard.ts';

const signal = new AbortController().signal;

describe('one worker', () => {
  it('makes the leases, takes them within about a second, and releases them at stop', async () => {
    const { clock, worker, owners } = fleet([shard('s1'), shard('s2')]);
    const a = worker('a');
    await clock.tick(1_200);
    expect(await owners()).toEqual({ s1: 'a', s2: 'a' });
    await clock.tick(60_000);
    expect(a.board.status().counts).toEqual({ owned: 2, unowned: 0, waiting: 0, finished: 0 });
    a.stop.abort();
    await a.ended;
    expect([await owners(), clock.sleepers()]).toEqual([{ s1: undefined, s2: undefined }, 0]);
  });

  it('releases a lease only when the work on it has ended', async () => {
    const { clock, worker, owners } = fleet([shard('s')]);
    let drained = () => {};
    const draining = new Promise<void>((resolve) => {
      drained = resolve;
    });
    const slow: Work = async (held, stop) => {
      await aborted(stop);
      await draining;
      await held.save(sequencePosition('42'));
      return 'stopped';
    };
    const a = worker('a', slow);
    await clock.tick(1_200);
    a.stop.abort();
    await clock.tick(30_000);
    expect(await owners()).toEqual({ s: 'a' });
    drained();
    await a.ended;
    expect(await owners()).toEqual({ s: undefined });
  });

  it('begins where the last one left off', async () => {
    const { clock, worker } = fleet([shard('s')]);
    const begun: unknown[] = [];
    const work: Work = async (held, stop) => {
      begun.push(held.position);
      await held.save(sequencePosition(String(begun.length)));
      return patient(held, stop);
    };
    for (const id of ['a', 'b']) {
      const one = worker(id, work);
      await clock.tick(2_000);
      one.stop.abort();
      await one.ended;
    }
    expect(begun).toEqual([{ at: 'TRIM_HORIZON' }, sequencePosition('1')]);
  });

  it('at LATEST begins, after a restart without a checkpoint, when the lease was made', async () => {
    const { clock, worker } = fleet([shard('s')], { start: { at: 'LATEST' } });
    const begun: unknown[] = [];
    const work: Work = (held, stop) => {
      begun.push(held.position);
      return patient(held, stop);
    };
    const madeMs = clock.wall().getTime();
    for (const id of ['a', 'b']) {
      const one = worker(id, work);
      await clock.tick(60_000);
      one.stop.abort();
      await one.ended;
    }
    const at = { at: 'AT_TIMESTAMP', timestampMs: madeMs };
    expect(begun).toEqual([at, at]);
  });

  it('begins broken work again from its checkpoint and keeps the lease meanwhile', async () => {
    const { clock, worker, owners } = fleet([shard('s')]);
    const begun: unknown[] = [];
    const breaking: Work = async (held, stop) => {
      begun.push(held.position);
      if (begun.length < 3) {
        await held.save(sequencePosition(String(begun.length)));
        throw new Error('a page could not be read');
      }
      return patient(held, stop);
    };
    const a = worker('a', breaking);
    await clock.tick(2_000);
    expect(a.board.status().leases).toMatchObject([{ held: true, problem: 'a page could not be read' }]);
    await clock.tick(30_000);
    expect(begun).toEqual([{ at: 'TRIM_HORIZON' }, sequencePosition('1'), sequencePosition('2')]);
    expect(await owners()).toEqual({ s: 'a' });
    a.stop.abort();
    await a.ended;
  });

  it('begins children when both parents have ended, and not before', async () => {
    const { clock, worker, rowOf, stream } = fleet([shard('p1'), shard('p2')]);
    const working = new Set<string>();
    const end = new Map<string, () => void>();
    const work: Work = async (held, stop) => {
      working.add(held.shard.id);
      const ended = new Promise<void>((resolve) => end.set(held.shard.id, resolve));
      await Promise.race([ended, aborted(stop)]);
      working.delete(held.shard.id);
      if (stop.aborted) return 'stopped';
      await held.finish([shard('c', 'p1', 'p2')]);
      return 'finished';
    };
    const a = worker('a', work);
    await clock.tick(2_000);
    stream.shards.push(shard('c', 'p1', 'p2'));
    end.get('p1')?.();
    await clock.tick(120_000);
    expect([[...working], a.board.status().counts]).toEqual([
      ['p2'],
      { owned: 1, unowned: 0, waiting: 1, finished: 1 },
    ]);
    end.get('p2')?.();
    await clock.tick(2_000);
    expect([[...working], (await rowOf('p2'))?.checkpoint.at]).toEqual([['c'], 'SHARD_END']);
    a.stop.abort();
    await a.ended;
  });

  it('waits for Kinesis and the table as long as it takes, says so, and goes on', async () => {
    const { clock, worker, table, stream, owners } = fleet([shard('s')]);
    const world = { down: true };
    stream.down = true;
    const a = worker(
      'a',
      patient,
      faultyLeaseStore(table, () => (world.down ? 'throttled' : undefined)),
    );
    const probe = leaseTableProbe(a.board);
    await clock.tick(300_000);
    expect(await probe.check(signal)).toBe('the lease table cannot be used: throttled');
    world.down = false;
    await clock.tick(20_000);
    expect(await probe.check(signal)).toBe('the shards cannot be listed: Kinesis is away');
    stream.down = false;
    await clock.tick(20_000);
    expect([await owners(), await probe.check(signal)]).toEqual([{ s: 'a' }, undefined]);
    a.stop.abort();
    await a.ended;
  });

  it('says so when it may not make leases', async () => {
    const { clock, worker, table } = fleet([shard('s')]);
    const a = worker(
      'a',
      patient,
      faultyLeaseStore(table, (call) => (call === 'create' ? 'throttled' : undefined)),
    );
    await clock.tick(20_000);
    expect(await leaseTableProbe(a.board).check(signal)).toBe('leases that are missing cannot be made: throttled');
    a.stop.abort();
    await a.ended;
  });

  it('ends at once when it is stopped while nothing answers', async () => {
    const { clock, worker, table } = fleet([shard('s')]);
    const a = worker(
      'a',
      patient,
      faultyLeaseStore(table, () => 'throttled'),
    );
    await clock.tick(60_000);
    a.stop.abort();
    await a.ended;
    expect(clock.sleepers()).toBe(0);
  });

  it('takes a lease again that it lost through an outage of the table', async () => {
    const { clock, worker, table, owners } = fleet([shard('s')]);
    const world = { down: false };
    const ends: string[] = [];
    const work: Work = async (held, stop) => {
      const end = await patient(held, stop);
      ends.push(end);
      return end;
    };
    const a = worker(
      'a',
      work,
      faultyLeaseStore(table, () => (world.down ? 'throttled' : undefined)),
    );
    await clock.tick(5_000);
    world.down = true;
    await clock.tick(60_000);
    expect([ends, a.board.status().leases.map(({ held }) => held)]).toEqual([['lost'], [false]]);
    world.down = false;
    await clock.tick(20_000);
    expect([await owners(), a.board.status().leases.map(({ held }) => held)]).toEqual([{ s: 'a' }, [true]]);
    a.stop.abort();
    await a.ended;
  });

  it('releases a lease whose work ends by itself, without spinning', async () => {
    const { clock, worker, rowOf } = fleet([shard('s')]);
    const a = worker('a', async () => 'stopped');
    await clock.tick(60_000);
    expect((await rowOf('s'))?.counter).toBeLessThan(160);
    a.stop.abort();
    await a.ended;
  });
});

describe('two workers', () => {
  it('never take each other’s live leases: who has more gives', async () => {
    const { clock, worker, owners } = fleet([shard('s1'), shard('s2')]);
    const a = worker('a');
    await clock.tick(2_000);
    const b = worker('b');
    await clock.tick(120_000);
    expect([await owners(), b.events]).toEqual([{ s1: 'b', s2: 'a' }, ['taken']]);
    expect(a.events.filter((event) => event !== 'created')).toEqual(['taken', 'taken', 'assigned']);
    a.stop.abort();
    b.stop.abort();
    await Promise.all([a.ended, b.ended]);
  });

  it('show no trouble with a lease that another one works on', async () => {
    const { clock, worker, table, owners } = fleet([shard('s')]);
    const unable = faultyLeaseStore(table, (call) => (call === 'take' ? 'throttled' : undefined));
    const a = worker('a', patient, unable);
    await clock.tick(20_000);
    expect(a.board.status().leases).toMatchObject([{ problem: 'the lease could not be taken: throttled' }]);
    const b = worker('b');
    await clock.tick(10_000);
    expect(await owners()).toEqual({ s: 'b' });
    expect(a.board.status().leases).toMatchObject([{ owner: 'b', problem: undefined }]);
    a.stop.abort();
    b.stop.abort();
    await clock.tick(5_000);
    await Promise.all([a.ended, b.ended]);
  });

  it('hand leases over within about a second when one stops', async () => {
    const { clock, worker, owners } = fleet([shard('s')]);
    const a = worker('a');
    await clock.tick(2_000);
    const b = worker('b');
    await clock.tick(5_000);
    a.stop.abort();
    await a.ended;
    await clock.tick(1_200);
    expect(await owners()).toEqual({ s: 'b' });
    b.stop.abort();
    await b.ended;
  });

  it('take over from one that shows no sign of life, after the failover time and soon then', async () => {
    const { clock, worker, table, owners } = fleet([shard('s')]);
    const cut = { off: false };
    const held: HeldLease[] = [];
    const work: Work = (lease, stop) => {
      held.push(lease);
      return patient(lease, stop);
    };
    const a = worker(
      'a',
      work,
      faultyLeaseStore(table, () => (cut.off ? 'throttled' : undefined)),
    );
    await clock.tick(2_000);
    const b = worker('b');
    await clock.tick(5_000);
    cut.off = true;
    await clock.tick(6_000);
    expect(await owners()).toEqual({ s: 'a' });
    await clock.tick(7_000);
    expect([await owners(), held[0]?.lost.aborted]).toEqual([{ s: 'b' }, true]);
    a.stop.abort();
    b.stop.abort();
    await Promise.all([a.ended, b.ended]);
  });
});
