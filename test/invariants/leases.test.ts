import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memoryLeaseStore } from '../../src/lease/memory/store.ts';
import type { Fence, LeaseRow, LeaseStore } from '../../src/lease/store.ts';
import { manualClock, seeded } from '../support/clock.ts';
import { type FleetWorld, type Simulated, simulateWorker } from '../support/lease-fleet.ts';
import { shard } from '../support/shard.ts';

const FAILOVER_MS = 10_000;
const signal = new AbortController().signal;
/** a splits into b and c; c and d merge into e. */
const SHARDS = [shard('a'), shard('b', 'a'), shard('c', 'a'), shard('d'), shard('e', 'c', 'd')];
const OPEN = ['b', 'e'];

/** Notes every holder's write that changes a row of which it is not the owner. */
const ownersOnly = (table: LeaseStore, violations: string[]): LeaseStore => {
  const row = async (shardId: string) => (await table.list(signal)).rows.find((one) => one.shardId === shardId);
  const watched = async (does: string, { shardId, owner }: Fence, write: () => Promise<boolean>) => {
    const before = await row(shardId);
    const result = await write();
    const changed = (await row(shardId))?.counter !== before?.counter;
    if (changed && before?.owner !== owner)
      violations.push(`${owner} ${does} ${shardId}, which ${before?.owner} holds`);
    return result;
  };
  return {
    ...table,
    renew: (fence, id) => watched('renews', fence, () => table.renew(fence, id)),
    save: (fence, checkpoint, id) => watched('saves', fence, () => table.save(fence, checkpoint, id)),
    finish: (fence, children, id) => watched('finishes', fence, () => table.finish(fence, children, id)),
    release: (fence, id) => watched('releases', fence, () => table.release(fence, id)),
    assign: (fence, to, id) => watched('assigns', fence, () => table.assign(fence, to, id)),
  };
};

const step = fc.record({
  does: fc.constantFrom('wait', 'wait', 'freeze', 'thaw', 'kill', 'stop', 'cut'),
  who: fc.nat(2),
  ms: fc.integer({ min: 100, max: 15_000 }),
});

const simulate = async (seed: number, steps: readonly { does: string; who: number; ms: number }[]) => {
  const clock = manualClock();
  const random = seeded(seed);
  const violations: string[] = [];
  const table = ownersOnly(memoryLeaseStore(), violations);
  const checkpoints = new Map<string, number>();
  const network = { faults: 0.1, slowMs: [50, 800, 4_000][seed % 3] ?? 50, straysMs: 15_000, cut: false };
  const world: FleetWorld = {
    clock,
    table,
    shards: SHARDS,
    failoverMs: FAILOVER_MS,
    network: () => {
      const dice = random();
      const kind = dice < 0.4 ? 'throttled' : dice < 0.8 ? 'answer-lost' : 'repeated';
      const fault = network.cut ? 'throttled' : random() < network.faults ? kind : undefined;
      // One request in fifty strays and arrives when nobody expects it any more.
      const strayMs = random() < 0.02 ? random() * network.straysMs : 0;
      return { fault, beforeMs: random() * network.slowMs + strayMs, afterMs: random() * network.slowMs };
    },
    lastRecord: (shardId) => (OPEN.includes(shardId) ? Number.MAX_SAFE_INTEGER : 12),
    saved: (worker, shardId, record) => {
      expect(record, `${worker} saved ${shardId} backwards`).toBeGreaterThan(checkpoints.get(shardId) ?? 0);
      checkpoints.set(shardId, record);
    },
  };
  let started = 0;
  const start = (): Simulated => {
    started += 1;
    return simulateWorker(`w${started}`, seed + started, world);
  };
  const workers = [start(), start(), start()];
  const rows = async (): Promise<ReadonlyMap<string, LeaseRow>> =>
    new Map((await table.list(signal)).rows.map((row) => [row.shardId, row]));

  const check = async () => {
    expect(violations).toEqual([]);
    const now = await rows();
    const ended = (shardId: string) => now.get(shardId)?.checkpoint.at === 'SHARD_END';
    const live = workers.filter((worker) => !worker.frozen()).flatMap((worker) => worker.live());
    const ids = live.map((held) => held.shard.id);
    expect(ids, 'one live owner per shard').toEqual([...new Set(ids)]);
    for (const id of ids) {
      const parents = SHARDS.find((one) => one.id === id)?.parents ?? [];
      expect(parents.every(ended), `${id} after its parents`).toBe(true);
    }
    for (const { id, parents } of SHARDS)
      if (parents.some(ended)) expect(now.has(id), `the lease of ${id}, whose parent has ended`).toBe(true);
  };
  /** Time passes in small steps, each of them checked. */
  const pass = async (ms: number) => {
    for (let rest = ms; rest > 0; rest -= 200) {
      await clock.tick(Math.min(rest, 200));
      await check();
    }
  };

  /** Requests may stray for long, several in a row; but not for ever. */
  const untilEnded = async ({ ended }: Simulated) => {
    let over = false;
    void ended.then(() => {
      over = true;
    });
    for (let ms = 0; ms < 12 * FAILOVER_MS && !over; ms += 1_000) await clock.tick(1_000);
    expect(over, 'a stopped worker ends').toBe(true);
  };

  const replace = (at: number) => {
    workers[at] = start();
  };
  for (const { does, who, ms } of steps) {
    const worker = workers[who];
    if (does === 'freeze') worker?.freeze();
    if (does === 'thaw') worker?.thaw();
    if (does === 'cut') network.cut = !network.cut;
    if (does === 'kill') {
      worker?.freeze();
      replace(who);
    }
    if (does === 'stop' && worker && !worker.frozen()) {
      worker.stop.abort();
      await pass(ms);
      await untilEnded(worker);
      replace(who);
    }
    await pass(ms);
  }

  network.cut = false;
  network.faults = 0;
  network.slowMs = 50;
  network.straysMs = 0;
  for (const worker of workers) worker.thaw();
  await pass(60_000);
  const before = new Map(checkpoints);
  await pass(5_000);
  const now = await rows();
  for (const id of ['a', 'c', 'd']) expect(now.get(id)?.checkpoint.at, `${id} comes to its end`).toBe('SHARD_END');
  for (const id of OPEN) expect(checkpoints.get(id) ?? 0, `${id} goes on`).toBeGreaterThan(before.get(id) ?? 0);

  for (const worker of workers) worker.stop.abort();
  await clock.tick(2_000);
  for (const worker of workers) await untilEnded(worker);
  for (const id of OPEN) expect((await rows()).get(id)?.owner, `${id} is free after a clean stop`).toBeUndefined();
};

it('one live owner per shard, checkpoints only forwards, children after parents, whatever fails, and all goes on after it', async () => {
  await fc.assert(fc.asyncProperty(fc.nat(), fc.array(step, { maxLength: 12 }), simulate), { numRuns: 200 });
}, 60_000);
