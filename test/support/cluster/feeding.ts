import type { Clock, Random } from '../../../src/core/clock.ts';
import type { Delivery, Outcome } from '../../../src/core/delivery.ts';
import { silentLog } from '../../../src/core/log.ts';
import { BulkWriter } from '../../../src/sink/bulk-writer.ts';
import type { BulkTarget } from '../../../src/sink/target.ts';
import { delivery } from '../deliveries.ts';
import { unobserved } from '../unobserved.ts';

export interface FeedOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly target: BulkTarget;
  readonly maxInFlight?: number;
  readonly maxDocuments?: number;
  /** Bytes of each document. */
  readonly bytes?: number;
  /** Most documents in hand, of all shards together: the memory budget. */
  readonly inHand?: number;
}

/** A shard: events come at its rate, and wait on the stream while the worker cannot take them. */
interface Shard {
  /** Events a second, from now on. */
  rate: number;
  due: number;
  submitted: number;
  settled: number;
  /** Longest time from submission to settlement, milliseconds. */
  longestMs: number;
}

/** A worker's bulk writer with its shards, on simulated time. */
export interface Feed {
  readonly writer: BulkWriter;
  readonly shards: readonly Shard[];
  /** Dead letters. */
  letters(): number;
  /** Events that have come and are not settled. */
  backlog(): number;
  end(): Promise<void>;
}

/** So long a shard rests between two looks at its stream, milliseconds. */
const STEP_MS = 20;
const template = delivery('d');

const writerOf = (options: FeedOptions, settle: (deliveries: readonly Delivery[], outcome: Outcome) => void) => {
  const { clock, target, random, maxInFlight = 8, maxDocuments = 2_000, bytes = 500 } = options;
  return new BulkWriter({
    target,
    limits: { maxBytes: 5 * bytes * maxDocuments, maxDocuments, maxAgeMs: 200 },
    maxInFlight,
    backoff: { firstMs: 200, maxMs: 5_000 },
    retryForMs: 900_000,
    settle,
    observe: unobserved,
    clock,
    random,
    log: silentLog,
  });
};

/** The next documents of a shard, a quarter of a full request at the most. */
const sliceOf = (shard: Shard, ordinal: number, { clock, bytes = 500, maxDocuments = 2_000 }: FeedOptions) => {
  const count = Math.min(Math.ceil(maxDocuments / 4), Math.floor(shard.due) - shard.submitted);
  const arrivedMs = clock.now();
  return Array.from({ length: count }, (_, i): Delivery => {
    const recordIndex = shard.submitted + i;
    return { ...template, id: `${ordinal}-${recordIndex}`, bytes, recordIndex, ordinal, arrivedMs };
  });
};

export const feedWriter = (options: FeedOptions, rates: readonly number[]): Feed => {
  const { clock, maxDocuments = 2_000, inHand = 25 * maxDocuments } = options;
  const stop = new AbortController();
  const shards = rates.map((rate): Shard => ({ rate, due: 0, submitted: 0, settled: 0, longestMs: 0 }));
  let letters = 0;
  const writer = writerOf(options, (deliveries, { status }) => {
    if (status === 'rejected') letters += deliveries.length;
    for (const { ordinal, arrivedMs } of deliveries) {
      const shard = shards[ordinal];
      if (!shard) continue;
      shard.settled += 1;
      shard.longestMs = Math.max(shard.longestMs, clock.now() - arrivedMs);
    }
  });
  const hasRoom = ({ submitted, settled }: Shard) => submitted - settled < inHand / shards.length;
  const walk = async (shard: Shard, at: number): Promise<void> => {
    let beganMs = clock.now();
    const arrive = () => {
      shard.due += ((clock.now() - beganMs) / 1000) * shard.rate;
      beganMs = clock.now();
      return Math.floor(shard.due);
    };
    for (; !stop.signal.aborted; await clock.sleep(STEP_MS, stop.signal)) {
      const over = writer.expectMore();
      while (shard.submitted < arrive() && hasRoom(shard) && !stop.signal.aborted) {
        await writer.room(stop.signal);
        const slice = sliceOf(shard, at, options);
        shard.submitted += slice.length;
        writer.submit(slice);
      }
      over();
    }
  };
  const running = [writer.run(), ...shards.map(walk)];
  return {
    writer,
    shards,
    letters: () => letters,
    backlog: () => shards.reduce((sum, { due, settled }) => sum + Math.floor(due) - settled, 0),
    end: async () => {
      stop.abort();
      writer.close();
      await Promise.all(running);
    },
  };
};
