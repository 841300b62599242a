import type { Random } from '../../../src/core/clock.ts';
import type { SourceRecord } from '../../../src/core/page.ts';
import type { Shard } from '../../../src/core/shard.ts';

/** A shard with all that will ever be on it, and when. */
export interface SimulatedShard {
  readonly shard: Shard;
  readonly bornMs: number;
  /** When it is split or merged; Infinity for one that stays open. */
  closedMs: number;
  readonly records: readonly SimulatedRecord[];
}

export interface SimulatedRecord {
  readonly atMs: number;
  readonly record: SourceRecord;
  /** Undefined: nothing but a letter can become of it. */
  readonly document: { readonly id: string; readonly json: string } | undefined;
}

export interface SimulatedStream {
  readonly shards: readonly SimulatedShard[];
  /** What ListShards says at a time. */
  listed(nowMs: number): readonly Shard[];
  childrenOf(shardId: string): readonly Shard[];
}

const ARRIVED_MS = Date.UTC(2026, 0, 2, 3);
const MOST_RECORDS = 14;

const recordOf = (shardId: string, at: number, atMs: number, random: Random): SimulatedRecord => {
  const roll = random();
  // Some ids come from several shards, with one or with different bodies: duplicates and conflicts.
  const id = roll < 0.1 ? `shared-${Math.floor(random() * 4)}` : `${shardId}-${at}`;
  const body = { id, n: roll < 0.1 ? Math.floor(random() * 2) : at };
  const isPoison = roll > 0.94;
  const data = Buffer.from(isPoison ? 'not json' : JSON.stringify(body));
  return {
    atMs,
    record: { data, sequenceNumber: String(1_000 + at), arrivedMs: ARRIVED_MS, partitionKey: undefined },
    document: isPoison ? undefined : { id, json: JSON.stringify(body) },
  };
};

const recordsOf = (id: string, fromMs: number, untilMs: number, random: Random): readonly SimulatedRecord[] => {
  const times = Array.from(
    { length: Math.floor(random() * MOST_RECORDS) },
    () => fromMs + random() * (untilMs - fromMs),
  );
  return times.sort((a, b) => a - b).map((atMs, at) => recordOf(id, at, atMs, random));
};

/** Up to three shards that split and merge up to three times before `untilMs`, until when records come. */
export const simulatedStream = (random: Random, untilMs: number): SimulatedStream => {
  const born: { id: string; parents: string[]; bornMs: number; closedMs: number }[] = [];
  const open = () => born.filter(({ closedMs }) => closedMs === Number.POSITIVE_INFINITY);
  const bear = (bornMs: number, ...parents: string[]) =>
    born.push({ id: `s${born.length}`, parents, bornMs, closedMs: Number.POSITIVE_INFINITY });
  for (let roots = 1 + Math.floor(random() * 3); roots > 0; roots -= 1) bear(0);
  const reshards = Array.from({ length: Math.floor(random() * 4) }, () => random() * untilMs).sort((a, b) => a - b);
  for (const atMs of reshards) {
    const [one, other] = open().sort(() => random() - 0.5);
    if (!one) continue;
    one.closedMs = atMs;
    if (other && random() < 0.6) {
      other.closedMs = atMs;
      bear(atMs, one.id, other.id);
    } else {
      bear(atMs, one.id);
      bear(atMs, one.id);
    }
  }
  const shards = born.map(({ id, parents, bornMs, closedMs }) => ({
    shard: { id, parents, hashRange: undefined },
    bornMs,
    closedMs,
    records: recordsOf(id, bornMs, Math.min(closedMs, untilMs), random),
  }));
  return {
    shards,
    listed: (nowMs) => shards.filter(({ bornMs }) => bornMs <= nowMs).map(({ shard }) => shard),
    childrenOf: (shardId) => shards.filter(({ shard }) => shard.parents.includes(shardId)).map(({ shard }) => shard),
  };
};
