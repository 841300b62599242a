import type { Clock } from '../../core/clock.ts';
import { KinesisError } from './kinesis-error.ts';

const MIB = 1_048_576;
/** Quotas of a shard, from the API reference of PutRecords and GetRecords. */
const READS_PER_SECOND = 5;
const READ_BYTES_PER_SECOND = 2 * MIB;
const PUT_RECORDS_PER_SECOND = 1000;
const PUT_BYTES_PER_SECOND = MIB;
/** A full answer blocks its shard for this long. */
const FULL_ANSWER_BLOCK_MS = 5000;

/** Requests per second for a whole account (or stream); beyond them LimitExceededException. */
const CONTROL_PER_SECOND: Readonly<Record<string, number>> = {
  CreateStream: 5,
  DeleteStream: 5,
  DescribeStream: 10,
  DescribeStreamSummary: 20,
  ListShards: 1000,
  SplitShard: 5,
  MergeShards: 5,
};

/** A bucket that refills evenly, holds one second's worth, and may be overdrawn by what was let in last. */
const bucket = (clock: Clock, perSecond: number) => {
  let left = perSecond;
  let atMs = clock.now();
  return {
    allows: (amount: number): boolean => {
      const nowMs = clock.now();
      left = Math.min(perSecond, left + ((nowMs - atMs) / 1000) * perSecond);
      atMs = nowMs;
      return left >= amount || (left >= perSecond && amount > perSecond);
    },
    take: (amount: number): void => {
      left -= amount;
    },
  };
};

type Bucket = ReturnType<typeof bucket>;

/** The quotas that Kinesis enforces over time. Without the switch, everything is allowed. */
export interface Rates {
  /** Throws LimitExceededException when an operation of the control plane comes too often. */
  control(operation: string, stream: string): void;
  /** May a record go into a shard now? If so, it is counted. */
  admitsPut(shardKey: string, bytes: number): boolean;
  /** May a shard be read now? If so, the read is counted. */
  admitsRead(shardKey: string): boolean;
  /** May an iterator be made for a shard now? */
  admitsIterator(shardKey: string): boolean;
  /** Books what a read brought; `full`: it was cut at the largest answer there is. */
  hasRead(shardKey: string, bytes: number, full: boolean): void;
}

export const noRates: Rates = {
  control() {},
  admitsPut: () => true,
  admitsRead: () => true,
  admitsIterator: () => true,
  hasRead() {},
};

export const realRates = (clock: Clock): Rates => {
  const buckets = new Map<string, Bucket>();
  const blockedUntilMs = new Map<string, number>();
  const of = (key: string, perSecond: number): Bucket => {
    const known = buckets.get(key);
    if (known) return known;
    const made = bucket(clock, perSecond);
    buckets.set(key, made);
    return made;
  };
  const takes = (key: string, perSecond: number): boolean => {
    const one = of(key, perSecond);
    if (!one.allows(1)) return false;
    one.take(1);
    return true;
  };
  return {
    control(operation, stream) {
      const perSecond = CONTROL_PER_SECOND[operation];
      if (perSecond !== undefined && !takes(`${operation} ${stream}`, perSecond))
        throw new KinesisError('LimitExceededException', `Rate exceeded for stream ${stream}: ${operation}.`);
    },
    admitsPut(shardKey, bytes) {
      const records = of(`put records ${shardKey}`, PUT_RECORDS_PER_SECOND);
      const size = of(`put bytes ${shardKey}`, PUT_BYTES_PER_SECOND);
      if (!records.allows(1) || !size.allows(bytes)) return false;
      records.take(1);
      size.take(bytes);
      return true;
    },
    admitsRead(shardKey) {
      if (clock.now() < (blockedUntilMs.get(shardKey) ?? 0)) return false;
      if (!of(`read bytes ${shardKey}`, READ_BYTES_PER_SECOND).allows(1)) return false;
      return takes(`reads ${shardKey}`, READS_PER_SECOND);
    },
    admitsIterator: (shardKey) => takes(`iterators ${shardKey}`, READS_PER_SECOND),
    hasRead(shardKey, bytes, full) {
      of(`read bytes ${shardKey}`, READ_BYTES_PER_SECOND).take(bytes);
      if (full) blockedUntilMs.set(shardKey, clock.now() + FULL_ANSWER_BLOCK_MS);
    },
  };
};
