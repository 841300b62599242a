import type { HeldLease, Work } from '../../../src/core/lease.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { Message } from '../../../src/core/message.ts';
import type { Page } from '../../../src/core/page.ts';
import { compareSequenceNumbers } from '../../../src/core/position.ts';
import type { Source } from '../../../src/core/source.ts';
import { decoder } from '../../../src/decode/decoder.ts';
import { openBoard } from '../../../src/lease/board.ts';
import { coordinate } from '../../../src/lease/coordinator.ts';
import type { Tenure } from '../../../src/lease/held.ts';
import { type WorkerBudget, workerBudget } from '../../../src/pipeline/budget.ts';
import { shardWork } from '../../../src/pipeline/shard.ts';
import { indexNamer } from '../../../src/sink/index-pattern.ts';
import { prepare } from '../../../src/sink/prepare.ts';
import { seeded } from '../clock.ts';
import { far, farTable, type NetworkOptions, openGate } from './network.ts';
import { sinkOf } from './sink.ts';
import type { World } from './world.ts';

export const FAILOVER_MS = 3_000;
/** Some workers are nearer to the table than others. */
const WAYS_MS = [2, 20, 60];
const ARRIVED_MS = Date.UTC(2026, 0, 2, 3);

/** A whole worker but for the network. Frozen for good is killed. */
export interface SimulatedWorker {
  readonly id: string;
  readonly stop: AbortController;
  readonly drainDeadline: AbortController;
  /** Resolves when it has stopped and closed everything; rejects when a part of it broke. */
  readonly ended: Promise<void>;
  readonly budget: WorkerBudget;
  readonly gate: ReturnType<typeof openGate>;
  /** It cannot reach the table before this time. */
  cutUntilMs: number;
  /** Leases whose work runs and knows of no loss. */
  live(): readonly HeldLease[];
}

const decode = decoder({ mode: 'json', limitBytes: 1_000_000, maxMessages: 10 });
const prepared = prepare({
  stream: 's',
  indexName: indexNamer('e-{yyyy.MM.dd}'),
  pastMs: Number.POSITIVE_INFINITY,
  futureMs: Number.POSITIVE_INFINITY,
});
const transform = (messages: readonly Message[], start: number) =>
  messages.slice(start).map(({ value }) => ({
    documents: [{ id: (value as { id: string }).id, timestampMs: ARRIVED_MS, json: JSON.stringify(value) }],
  }));

/** Pages as they come; what they hold of the budget, beside their debts, never passes it unless one is alone. */
const sourceOf = (world: World, network: NetworkOptions, budget: WorkerBudget, budgetBytes: number): Source => {
  const { stream, random, broken } = world;
  const { gate } = network;
  const admitted = new Set<number>();
  let pages = 0;
  const admit = (page: Page): Page => {
    pages += 1;
    const bytes = page.bytes + pages / 1e6;
    admitted.add(bytes);
    const sum = [...admitted].reduce((total, one) => total + Math.floor(one), 0);
    if (sum > budgetBytes && admitted.size > 1) broken.push(`${sum} bytes of pages in a budget of ${budgetBytes}`);
    const release = () => {
      admitted.delete(bytes);
      page.charge.release();
    };
    return { ...page, charge: { ...page.charge, release } };
  };
  return {
    async *read(shard, from, signal) {
      const { records = [], closedMs = 0 } = stream.shards.find((one) => one.shard.id === shard.id) ?? {};
      const begun = from.at === 'SEQUENCE' ? from.sequenceNumber : '0';
      let at = records.findIndex(({ record }) => compareSequenceNumbers(record.sequenceNumber, begun) > 0);
      if (at < 0) at = records.length;
      while (!signal.aborted) {
        const nowMs = gate.now();
        const ready = records.slice(at, at + 1 + Math.floor(random() * 6)).filter(({ atMs }) => atMs <= nowMs);
        const bytes = ready.reduce((sum, { record }) => sum + record.data.byteLength, 0);
        const isLast = nowMs >= closedMs && at + ready.length === records.length;
        const charge = await budget.reserve(shard.id, bytes, signal);
        if (!charge) return;
        if (random() < 0.01) {
          charge.release();
          throw new Error('the source broke');
        }
        at += ready.length;
        const children = isLast ? stream.childrenOf(shard.id) : undefined;
        yield admit({ records: ready.map(({ record }) => record), bytes, behindMs: 0, children, charge });
        if (isLast) return;
        await gate.sleep(100 + random() * 400, signal);
      }
    },
  };
};

/** Starts a worker in the world. */
export const simulateWorker = (id: string, world: World): SimulatedWorker => {
  const { random, clock, weather, stream } = world;
  const gate = openGate(clock, random);
  const network: NetworkOptions = { clock, gate, random, weather, wayMs: WAYS_MS[Math.floor(random() * 3)] ?? 10 };
  const stop = new AbortController();
  const drainDeadline = new AbortController();
  const budgetBytes = Math.floor(200 + random() * 4_000);
  const held = new Set<HeldLease>();
  const budget = workerBudget(budgetBytes, () => held.size);
  const board = openBoard(gate);
  /** Nothing is sent while a lease has expired and nobody has noticed. */
  const beforeSending = () => {
    for (const lease of held) {
      const { over, holds, shard: of } = lease as Tenure;
      if (!over.aborted && !holds()) world.broken.push(`${id} sends, and ${of.id} has expired`);
    }
  };
  const { writer, letterbox, post } = sinkOf(world, network, board.expire, beforeSending);
  const shard = shardWork({
    source: sourceOf(world, network, budget, budgetBytes),
    stages: {
      stream: 's',
      decode,
      transform,
      prepare: prepared,
      submit: (deliveries) => writer.submit(deliveries),
      room: (signal) => writer.room(signal),
      post,
      crowded: () => budget.heldBytes() > budgetBytes,
      clock: gate,
    },
    expectMore: () => writer.expectMore(),
    checkpointIntervalMs: 500,
    drainDeadline: drainDeadline.signal,
    observe: { saved() {}, failed() {}, running() {} },
    clock: gate,
    random,
    log: silentLog,
  });
  const work: Work = async (lease, stopping, hurry) => {
    held.add(lease);
    try {
      return await shard(lease, stopping, hurry);
    } finally {
      held.delete(lease);
    }
  };
  const worker = { id, stop, drainDeadline, budget, gate, cutUntilMs: 0 };
  const isDown = () => clock.now() < Math.max(weather.tableDownUntilMs, result.cutUntilMs);
  const live = async () => {
    const sending = Promise.all([writer.run(), letterbox.run()]);
    const coordinated = coordinate(
      {
        store: farTable(world.table, network, isDown),
        listShards: () =>
          far(
            network,
            () => false,
            async () => stream.listed(clock.now()),
          ),
        work,
        workerId: id,
        start: { at: 'TRIM_HORIZON' },
        failoverMs: FAILOVER_MS,
        clock: gate,
        random: seeded(Math.floor(random() * 1e9)),
        observe: { event() {} },
        log: silentLog,
        board,
      },
      stop.signal,
    );
    await Promise.race([coordinated, sending]);
    writer.close();
    letterbox.close();
    await sending;
  };
  const result: SimulatedWorker = Object.assign(worker, {
    ended: Promise.resolve().then(live),
    live: () => [...held].filter(({ lost }) => !lost.aborted),
  });
  return result;
};
