import { describe, expect, it } from 'vitest';
import { type DeliveryWorker, deliveryWorker, FAILOVER_MS } from '../support/delivery-worker.ts';
import { type DeliveryWorld, deliveryWorld } from '../support/delivery-world.ts';

/**
 * P1, P2 and P5 on random schedules of whole workers: real coordinator, pipeline, writer and letterbox; only stream,
 * table, indices and disk are in memory, behind a bad network. Workers are killed, frozen beyond their leases and
 * stopped; parts of them throw; the indices go away for a while; shards split and merge.
 */

const SCHEDULES = 40;
const STEP_MS = 50;
const SHUTDOWN_MS = 2_000;

interface Member {
  readonly worker: DeliveryWorker;
  state: 'runs' | 'frozen' | 'gone' | 'stopping';
  thawsAtMs: number;
  drainsAtMs: number;
}

const openFleet = (world: DeliveryWorld) => {
  const members: Member[] = [];
  const join = (): void => {
    const worker = deliveryWorker(`w${members.length}`, world);
    const member: Member = { worker, state: 'runs', thawsAtMs: 0, drainsAtMs: 0 };
    worker.ended.then(
      () => {
        if (member.state !== 'stopping') world.broken.push('a worker ended by itself');
        if (worker.budget.heldBytes() !== 0) world.broken.push(`${worker.budget.heldBytes()} bytes are still charged`);
        member.state = 'gone';
      },
      (thrown: unknown) => world.broken.push(`a worker broke: ${thrown instanceof Error ? thrown.stack : thrown}`),
    );
    members.push(member);
  };

  const strike = (member: Member): void => {
    const roll = world.random();
    const nowMs = world.clock.now();
    if (roll < 0.3) {
      member.worker.freeze();
      member.state = 'gone';
    } else if (roll < 0.65) {
      member.worker.freeze();
      Object.assign(member, { state: 'frozen', thawsAtMs: nowMs + world.random() * 2 * FAILOVER_MS });
    } else {
      member.worker.stop.abort();
      Object.assign(member, { state: 'stopping', drainsAtMs: nowMs + SHUTDOWN_MS });
    }
  };

  return {
    join,
    running: () => members.filter(({ state }) => state === 'runs' || state === 'frozen').length,
    /** One step of time, perhaps with a stroke of fate. */
    async step(mayStrike: boolean) {
      await world.clock.tick(STEP_MS);
      const nowMs = world.clock.now();
      for (const member of members) {
        if (member.state === 'frozen' && nowMs >= member.thawsAtMs) {
          member.worker.thaw();
          member.state = 'runs';
        }
        if (member.state === 'stopping' && nowMs >= member.drainsAtMs) member.worker.drainDeadline.abort();
        if (member.state === 'stopping' && nowMs >= member.drainsAtMs + 2 * FAILOVER_MS)
          throw new Error('a worker does not end');
        if (member.state === 'runs' && mayStrike && world.random() < 0.015) strike(member);
      }
      if (world.broken.length > 0) throw new Error(world.broken.join('; '));
    },
    async end() {
      for (const { worker, state } of members) if (state === 'runs' || state === 'frozen') worker.thaw();
      for (const member of members) {
        if (member.state === 'gone') continue;
        member.state = 'stopping';
        member.drainsAtMs = world.clock.now();
        member.worker.stop.abort();
      }
      for (let i = 0; i < 400 && members.some(({ state }) => state === 'stopping'); i += 1) await this.step(false);
    },
  };
};

const isFinished = async ({ leases, shards }: DeliveryWorld): Promise<boolean> => {
  const { rows } = await leases.list(new AbortController().signal);
  return shards.every(({ id }) => rows.some((row) => row.shardId === id && row.checkpoint.at === 'SHARD_END'));
};

const schedule = async (seed: number): Promise<void> => {
  const world = deliveryWorld(seed);
  const fleet = openFleet(world);
  for (let i = 0; !(await isFinished(world)); i += 1) {
    if (i > 10_000) throw new Error('it never finishes');
    if (fleet.running() < 3 && (i === 0 || world.random() < 0.05)) fleet.join();
    if (i < 1_000 && world.random() < 0.005) world.outageUntilMs = world.clock.now() + world.random() * 10_000;
    await fleet.step(i < 1_000);
  }
  await fleet.end();
  expect(world.shards.flatMap(({ id }) => world.owed(id))).toEqual([]);
};

describe('whole workers on random schedules', () => {
  it(`lose nothing, repeat nothing in effect and always end, in ${SCHEDULES} of them`, {
    timeout: 120_000,
  }, async () => {
    for (let seed = 1; seed <= SCHEDULES; seed += 1) {
      await schedule(seed).catch((thrown: unknown) => {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        throw new Error(`seed ${seed}: ${message}`, { cause: thrown });
      });
    }
  });
});
