import type { Clock } from '../../src/core/clock.ts';
import type { Delivery, Outcome, Ticket } from '../../src/core/delivery.ts';
import type { DeadLetter } from '../../src/core/letter.ts';
import { silentLog } from '../../src/core/log.ts';
import { compareSequenceNumbers } from '../../src/core/position.ts';
import type { Source } from '../../src/core/source.ts';
import { letterId } from '../../src/dead-letter/envelope.ts';
import { Letterbox } from '../../src/dead-letter/letterbox.ts';
import { openBoard } from '../../src/lease/board.ts';
import { coordinate } from '../../src/lease/coordinator.ts';
import type { LeaseStore } from '../../src/lease/store.ts';
import { type WorkerBudget, workerBudget } from '../../src/pipeline/budget.ts';
import { letterOfDelivery } from '../../src/pipeline/letters.ts';
import { shardWork } from '../../src/pipeline/shard.ts';
import { BulkWriter } from '../../src/sink/bulk-writer.ts';
import { indexNamer } from '../../src/sink/index-pattern.ts';
import { prepare } from '../../src/sink/prepare.ts';
import type { BulkTarget, Verdict } from '../../src/sink/target.ts';
import { seeded } from './clock.ts';
import { type DeliveryWorld, decode, transformOne } from './delivery-world.ts';
import { eachCall, faultyLeaseStore } from './faulty-lease-store.ts';
import { unobserved } from './unobserved.ts';

export const FAILOVER_MS = 3_000;

/** A whole worker in this process but for the network: it can be frozen, as by SIGSTOP; for good is as by SIGKILL. */
export interface DeliveryWorker {
  readonly stop: AbortController;
  readonly drainDeadline: AbortController;
  /** Resolves when it has stopped and closed everything; rejects when a part of it broke. */
  readonly ended: Promise<void>;
  readonly budget: WorkerBudget;
  freeze(): void;
  thaw(): void;
}

/** Whatever a worker waits for passes its gate, so that nothing of it moves while it is frozen. */
const gatedClock = (clock: Clock) => {
  let thawed: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  const passed = async () => {
    while (thawed) await thawed.promise;
  };
  return {
    now: clock.now,
    wall: clock.wall,
    sleep: async (ms: number, signal?: AbortSignal) => {
      await clock.sleep(ms, signal);
      await passed();
    },
    passed,
    freeze: () => {
      thawed ??= Promise.withResolvers<void>();
    },
    thaw: () => {
      thawed?.resolve();
      thawed = undefined;
    },
  };
};

type Gated = ReturnType<typeof gatedClock>;

/** A call over the network: a request under way arrives although its sender is frozen; its answer waits for him. */
const over = async <T>(world: DeliveryWorld, clock: Gated, mostMs: number, call: () => Promise<T>): Promise<T> => {
  await world.clock.sleep(Math.floor(world.random() * mostMs));
  try {
    return await call();
  } finally {
    await clock.sleep(Math.floor(world.random() * mostMs));
  }
};

const leasesOver = (world: DeliveryWorld, clock: Gated): LeaseStore => {
  const faulty = faultyLeaseStore(world.leases, () => {
    const roll = world.random();
    return roll < 0.03 ? 'throttled' : roll < 0.06 ? 'answer-lost' : roll < 0.09 ? 'repeated' : undefined;
  });
  return eachCall(faulty, (_, send) => over(world, clock, 30, send));
};

/** A sink that refuses whole requests, single documents and digests, and whose answers get lost. */
const targetOver = (world: DeliveryWorld, clock: Gated): BulkTarget => {
  const { target, random } = world;
  const rate = random() * 0.3;
  const far = <T>(call: () => Promise<T>) => over(world, clock, 40, call);
  const sickMs = random() * 6_000;
  const isSick = ({ index }: Delivery) => index.endsWith('.03') && world.clock.now() % 8_000 < sickMs;
  const isAway = () => clock.now() < world.outageUntilMs;
  return {
    write: (batch, signal) =>
      far(async () => {
        const roll = random() / rate;
        if (isAway() || roll < 0.3) return { retry: '503' };
        if (roll < 0.4) return { hold: '401' };
        if (roll < 0.6 && batch.length > 1) return { split: '413', tooLarge: true };
        const taken = batch.filter((delivery) => !isSick(delivery) && random() >= rate);
        const answer = await target.write(taken, signal);
        if (!('items' in answer) || random() < rate / 4) return { retry: 'ECONNRESET' };
        const verdicts = new Map(taken.map((delivery, i) => [delivery, answer.items[i]]));
        const refusal = (delivery: Delivery): Verdict =>
          isSick(delivery) ? { status: 'sick', why: '503' } : { status: 'retry', why: '429' };
        return { items: batch.map((delivery) => verdicts.get(delivery) ?? refusal(delivery)) };
      }),
    digests: (batch, signal) =>
      far(async () => {
        if (isAway() || random() < rate) throw new Error('busy');
        return target.digests(batch, signal);
      }),
  };
};

const sourceOf = (world: DeliveryWorld, clock: Clock, budget: WorkerBudget): Source => ({
  async *read(shard, from, signal) {
    for (const parent of shard.parents) {
      const owed = world.owed(parent);
      if (owed.length > 0) world.broken.push(`${shard.id} is read while ${parent} owes ${owed}`);
    }
    const all = world.records.get(shard.id) ?? [];
    const rest = all.filter(
      ({ sequenceNumber }) => from.at !== 'SEQUENCE' || compareSequenceNumbers(sequenceNumber, from.sequenceNumber) > 0,
    );
    for (let at = 0; !signal.aborted; ) {
      const records = rest.slice(at, at + Math.floor(world.random() * 20));
      at += records.length;
      const bytes = records.reduce((sum, { data }) => sum + data.byteLength, 0);
      const charge = await budget.reserve(shard.id, bytes, signal);
      if (!charge) return;
      if (world.random() < 0.02) {
        charge.release();
        throw new Error('the source broke');
      }
      const isLast = at >= rest.length;
      const children = isLast ? world.shards.filter(({ parents }) => parents.includes(shard.id)) : undefined;
      yield { records, bytes, behindMs: 0, children, charge };
      if (isLast) return;
      await clock.sleep(Math.floor(world.random() * 400), signal);
    }
  },
});

const RETRY = { firstMs: 10, maxMs: 300 };

const sinkOf = (world: DeliveryWorld, clock: Gated) => {
  const { random } = world;
  const base = { backoff: RETRY, clock, random, log: silentLog };
  const put = (letters: readonly DeadLetter[]) =>
    over(world, clock, 20, async () => {
      if (random() < 0.2) throw new Error('disk');
      return letters.map((letter) => {
        if (random() < 0.1) return 'throttled';
        world.letters.add(letterId(letter));
        return undefined;
      });
    });
  const letterbox = new Letterbox({ ...base, target: { put, close: async () => {} }, maxLetters: 5, maxBytes: 10_000 });
  const post = (letter: DeadLetter, ticket: Ticket, recordIndex: number, lost: AbortSignal) =>
    letterbox.post({ letter, lost, onDurable: () => ticket.settle(recordIndex) });
  const settle = (deliveries: readonly Delivery[], outcome: Outcome) => {
    for (const delivery of deliveries) {
      const { ticket, recordIndex, lost } = delivery;
      if (outcome.status === 'rejected') post(letterOfDelivery('s', delivery, outcome), ticket, recordIndex, lost);
      else ticket.settle(recordIndex);
    }
  };
  const writer = new BulkWriter({
    ...base,
    target: targetOver(world, clock),
    limits: { maxBytes: 3_000, maxDocuments: 1 + Math.floor(random() * 30), maxAgeMs: 20 },
    maxInFlight: 1 + Math.floor(random() * 3),
    retryForMs: 2_000,
    settle,
    observe: unobserved,
  });
  return { writer, letterbox, post };
};

/** Starts a worker on the world's stream. */
export const deliveryWorker = (id: string, world: DeliveryWorld): DeliveryWorker => {
  const clock = gatedClock(world.clock);
  const { random } = world;
  const stop = new AbortController();
  const drainDeadline = new AbortController();
  const budgetBytes = 3_000 + random() * 20_000;
  let running = 0;
  const budget = workerBudget(budgetBytes, () => running);
  const { writer, letterbox, post } = sinkOf(world, clock);
  const work = shardWork({
    source: sourceOf(world, clock, budget),
    stages: {
      stream: 's',
      decode(record) {
        if (random() < 0.002) throw new Error('the decoder broke');
        return decode(record);
      },
      transform: (messages, start) => messages.slice(start, start + Math.floor(random() * 9)).map(transformOne),
      prepare: prepare({ stream: 's', indexName: indexNamer('e-{yyyy.MM.dd}'), pastMs: Infinity, futureMs: Infinity }),
      submit: (deliveries) => writer.submit(deliveries),
      room: (signal) => writer.room(signal),
      post,
      crowded: () => budget.heldBytes() > budgetBytes,
      clock,
    },
    expectMore: () => writer.expectMore(),
    checkpointIntervalMs: 100,
    drainDeadline: drainDeadline.signal,
    observe: {
      saved() {},
      failed() {},
      running(_, shard) {
        running += shard ? 1 : -1;
      },
    },
    clock,
    random,
    log: silentLog,
  });
  const live = async () => {
    const sending = Promise.all([writer.run(), letterbox.run()]);
    const coordinated = coordinate(
      {
        store: leasesOver(world, clock),
        listShards: () => over(world, clock, 30, async () => world.shards),
        work,
        workerId: id,
        start: { at: 'TRIM_HORIZON' },
        failoverMs: FAILOVER_MS,
        clock,
        random: seeded(Math.floor(random() * 1e9)),
        observe: { event() {} },
        log: silentLog,
        board: openBoard(clock),
      },
      stop.signal,
    );
    await Promise.race([coordinated, sending]);
    writer.close();
    letterbox.close();
    await sending;
  };
  return { stop, drainDeadline, ended: live(), budget, freeze: clock.freeze, thaw: clock.thaw };
};
