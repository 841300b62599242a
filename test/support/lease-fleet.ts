import type { Clock } from '../../src/core/clock.ts';
import type { HeldLease, Work, WorkEnd } from '../../src/core/lease.ts';
import { silentLog } from '../../src/core/log.ts';
import { sequencePosition } from '../../src/core/position.ts';
import type { Shard } from '../../src/core/shard.ts';
import { openBoard } from '../../src/lease/board.ts';
import { coordinate } from '../../src/lease/coordinator.ts';
import type { LeaseStore } from '../../src/lease/store.ts';
import { seeded } from './clock.ts';
import { eachCall, type LeaseFault, withFault } from './faulty-lease-store.ts';

/** A process that can be frozen and thawed, as by SIGSTOP and SIGCONT; one never thawed is as good as killed. */
export interface Simulated {
  readonly id: string;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  frozen(): boolean;
  freeze(): void;
  thaw(): void;
  /** Leases whose work runs and knows of no loss. */
  live(): readonly HeldLease[];
}

export interface FleetWorld {
  readonly clock: Clock;
  readonly table: LeaseStore;
  readonly shards: readonly Shard[];
  readonly failoverMs: number;
  /** What the network does to one call. */
  readonly network: () => { readonly fault: LeaseFault; readonly beforeMs: number; readonly afterMs: number };
  /** A shard ends with this record. */
  readonly lastRecord: (shardId: string) => number;
  readonly saved: (worker: string, shardId: string, record: number) => void;
}

const RECORD_EVERY_MS = 400;

/** Starts a worker whose work is to checkpoint one record after the other, to the end of the shard. */
export const simulateWorker = (id: string, seed: number, world: FleetWorld): Simulated => {
  const gate = openGate();
  const clock: Clock = {
    now: world.clock.now,
    wall: world.clock.wall,
    sleep: async (ms, signal) => {
      await world.clock.sleep(ms, signal);
      await gate.passed();
    },
  };
  const live = new Set<HeldLease>();
  const work: Work = async (held, stop) => {
    live.add(held);
    try {
      return await checkpointAll(held, stop, clock, id, world);
    } finally {
      live.delete(held);
    }
  };
  const stop = new AbortController();
  const ended = coordinate(
    {
      store: overNetwork(world, clock),
      listShards: async () => world.shards,
      work,
      workerId: id,
      start: { at: 'TRIM_HORIZON' },
      failoverMs: world.failoverMs,
      clock,
      random: seeded(seed),
      observe: { event() {} },
      log: silentLog,
      board: openBoard(clock),
    },
    stop.signal,
  );
  return { id, stop, ended, ...gate, live: () => [...live].filter(({ lost }) => !lost.aborted) };
};

const openGate = () => {
  let thawed: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  return {
    frozen: () => thawed !== undefined,
    freeze: () => {
      thawed ??= Promise.withResolvers<void>();
    },
    thaw: () => {
      thawed?.resolve();
      thawed = undefined;
    },
    passed: async () => {
      while (thawed) await thawed.promise;
    },
  };
};

/** The worker's own way to the table: slow in both directions, and its clock is the worker's, so it freezes with it. */
const overNetwork = (world: FleetWorld, clock: Clock): LeaseStore =>
  eachCall(world.table, async (_, send) => {
    const { fault, beforeMs, afterMs } = world.network();
    // A request that is under way arrives although its sender is frozen.
    await world.clock.sleep(beforeMs);
    try {
      return await withFault(fault, send);
    } finally {
      await clock.sleep(afterMs);
    }
  });

const checkpointAll = async (
  held: HeldLease,
  stop: AbortSignal,
  clock: Clock,
  worker: string,
  world: FleetWorld,
): Promise<WorkEnd> => {
  const { id } = held.shard;
  let record = held.position.at === 'SEQUENCE' ? Number(held.position.sequenceNumber) : 0;
  const over = AbortSignal.any([stop, held.lost]);
  while (!over.aborted && record < world.lastRecord(id)) {
    await clock.sleep(RECORD_EVERY_MS, over);
    if (over.aborted) break;
    if ((await held.save(sequencePosition(String(record + 1)))) === 'lost') return 'lost';
    record += 1;
    world.saved(worker, id, record);
  }
  if (held.lost.aborted) return 'lost';
  if (stop.aborted) return 'stopped';
  const children = world.shards.filter(({ parents }) => parents.includes(id));
  return (await held.finish(children)) === 'saved' ? 'finished' : 'lost';
};
