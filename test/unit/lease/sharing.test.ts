import { describe, expect, it } from 'vitest';
import type { Work } from '../../../src/core/lease.ts';
import { aborted, fleet, patient } from '../../support/coordinators.ts';
import { faultyLeaseStore } from '../../support/faulty-lease-store.ts';
import { shard } from '../../support/shard.ts';

const signal = new AbortController().signal;
const SHARDS = Array.from({ length: 8 }, (_, i) => shard(`s${i}`));

/** A fleet on eight shards, and what there is to see of it from outside. */
const scene = (shards = SHARDS) => {
  const world = fleet(shards);
  const { clock } = world;
  const idleSince = new Map<string, number>();
  const gaps: number[] = [];
  /** Notes for how long nobody works on a shard; what is in hand when it is told to stop takes it 300 ms. */
  const work: Work = async (held, stop) => {
    const { id } = held.shard;
    const sinceMs = idleSince.get(id);
    if (sinceMs !== undefined) gaps.push(clock.now() - sinceMs);
    await aborted(AbortSignal.any([stop, held.lost]));
    idleSince.set(id, clock.now());
    if (!held.lost.aborted) await clock.sleep(300, held.lost);
    return held.lost.aborted ? 'lost' : 'stopped';
  };
  const counts = async () => {
    const sums: Record<string, number> = {};
    for (const owner of Object.values(await world.owners()))
      sums[owner ?? 'nobody'] = (sums[owner ?? 'nobody'] ?? 0) + 1;
    return sums;
  };
  const end = async (...workers: readonly { stop: AbortController; ended: Promise<void> }[]) => {
    for (const { stop } of workers) stop.abort();
    await clock.tick(60_000);
    await Promise.all(workers.map(({ ended }) => ended));
  };
  return { ...world, work, gaps, counts, end };
};

const taken = (...workers: readonly { events: readonly string[] }[]): number =>
  workers.flatMap(({ events }) => events).filter((event) => event === 'taken').length;

describe('a fleet shares its leases', () => {
  it('evenly within seconds of a start together, each taken once', async () => {
    const { clock, worker, counts, end } = scene();
    const all = ['a', 'b', 'c'].map((id) => worker(id));
    await clock.tick(1_500);
    expect((await counts()).nobody).toBeUndefined();
    await clock.tick(10_000);
    expect(Object.values(await counts()).sort()).toEqual([2, 3, 3]);
    await clock.tick(600_000);
    expect(taken(...all)).toBeLessThanOrEqual(8 + 4);
    await end(...all);
  });

  it('with a newcomer, without a shard being idle for two seconds, and then nothing moves any more', async () => {
    const { clock, worker, work, gaps, counts, end } = scene();
    const a = worker('a', work);
    await clock.tick(5_000);
    const b = worker('b', work);
    await clock.tick(10_000);
    expect(await counts()).toEqual({ a: 4, b: 4 });
    const c = worker('c', work);
    await clock.tick(10_000);
    expect(Object.values(await counts()).sort()).toEqual([2, 3, 3]);
    await clock.tick(3_600_000);
    expect([taken(a, b, c), gaps.length]).toEqual([8 + 4 + 2, 4 + 2]);
    expect(Math.max(...gaps)).toBeLessThan(2_000);
    expect([...a.events, ...b.events, ...c.events].filter((event) => event === 'race-lost')).toEqual([]);
    await end(a, b, c);
  });

  it('after one leaves, without a shard being idle for two seconds', async () => {
    const { clock, worker, work, gaps, counts, end, table } = scene();
    const [a, b, c] = ['a', 'b', 'c'].map((id) => worker(id, work));
    await clock.tick(20_000);
    gaps.length = 0;
    a?.stop.abort();
    await clock.tick(2_500);
    await a?.ended;
    expect(await counts()).toEqual({ b: 4, c: 4 });
    expect(Math.max(...gaps)).toBeLessThan(2_000);
    expect((await table.list(signal)).workers.map(({ workerId }) => workerId).sort()).toEqual(['b', 'c']);
    await end(...[b, c].flatMap((one) => one ?? []));
  });

  it('after one dies: all of its own are taken as they expire, and nothing is ever given to the dead', async () => {
    const { clock, worker, counts, end, table } = scene();
    const cut = { off: false };
    const dying = faultyLeaseStore(table, () => (cut.off ? 'throttled' : undefined));
    const a = worker('a', patient, dying);
    const [b, c] = ['b', 'c'].map((id) => worker(id));
    await clock.tick(20_000);
    cut.off = true;
    await clock.tick(13_000);
    expect(await counts()).toEqual({ b: 4, c: 4 });
    const d = worker('d');
    await clock.tick(20_000);
    expect(Object.values(await counts()).sort()).toEqual([2, 3, 3]);
    expect((await counts()).a).toBeUndefined();
    await end(...[a, b, c, d].flatMap((one) => one ?? []));
  });

  it.each(['stops', 'dies'])(
    'with a shard idle for moments only when a worker %s while it is given one',
    async (how) => {
      const { clock, worker, work, gaps, counts, end, table } = scene();
      const cut = { off: false };
      const meet = (): void => {
        if (how === 'stops') b.stop.abort();
        else cut.off = true;
      };
      const giving: Work = async (held, stop, hurry) => {
        const ended = work(held, stop, hurry);
        await aborted(AbortSignal.any([stop, held.lost]));
        meet();
        return ended;
      };
      const a = worker('a', giving);
      await clock.tick(5_000);
      const b = worker(
        'b',
        work,
        faultyLeaseStore(table, () => (cut.off ? 'throttled' : undefined)),
      );
      await clock.tick(25_000);
      expect(await counts()).toEqual({ a: 8 });
      expect(gaps.length).toBeGreaterThan(0);
      expect(Math.max(...gaps)).toBeLessThan(how === 'stops' ? 2_500 : 5_000);
      await end(a, b);
    },
  );

  it('not with a row that somebody left behind, which is removed in the end', async () => {
    const { clock, worker, counts, end, table } = scene();
    await table.show({ workerId: 'ghost', beat: 'long ago' });
    const a = worker('a');
    await clock.tick(3_000);
    expect(await counts()).toEqual({ a: 8 });
    await clock.tick(660_000);
    expect([await counts(), taken(a)]).toEqual([{ a: 8 }, 8]);
    expect((await table.list(signal)).workers.map(({ workerId }) => workerId)).toEqual(['a']);
    await end(a);
  });

  it('counting only what is work: neither finished shards nor those that wait for their parents', async () => {
    const children = SHARDS.slice(0, 4).map(({ id }) => shard(`${id}-child`, id));
    const { clock, worker, counts, end, stream } = scene(SHARDS.slice(0, 4));
    const done = new Set<string>();
    const finishing: Work = async (held, stop) => {
      while (!stop.aborted && !held.lost.aborted) {
        if (done.has(held.shard.id)) {
          await held.finish(children.filter(({ parents }) => parents.includes(held.shard.id)));
          return 'finished';
        }
        await clock.sleep(100, stop);
      }
      return 'stopped';
    };
    const a = worker('a', finishing);
    await clock.tick(5_000);
    stream.shards.push(...children);
    for (const { id } of SHARDS.slice(0, 3)) done.add(id);
    await clock.tick(5_000);
    const b = worker('b', finishing);
    await clock.tick(20_000);
    // Finished: three of a's. Left to do: s3 and the three children.
    expect(await counts()).toMatchObject({ b: 2 });
    expect(b.board.status().counts).toEqual({ owned: 4, unowned: 0, waiting: 0, finished: 3 });
    await end(a, b);
  });

  it('though a drain does not end: what is in hand is left to the next worker', async () => {
    const { clock, worker, counts, end } = scene();
    const stuck: Work = async (held, stop, hurry) => {
      await aborted(AbortSignal.any([held.lost, stop]));
      if (hurry) await aborted(AbortSignal.any([held.lost, hurry]));
      return 'stopped';
    };
    const a = worker('a', stuck);
    await clock.tick(5_000);
    const b = worker('b');
    await clock.tick(8_000);
    expect(await counts()).toEqual({ a: 4, b: 4 });
    a.stop.abort();
    await clock.tick(30_000);
    await end(b);
  });
});
