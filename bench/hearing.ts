import type { Heard } from './gaps.ts';

/** What the bodies of bulk requests tell of when something arrived. */
export interface Hearing {
  /** A request with this body was acknowledged at that time, epoch milliseconds. */
  note(body: Buffer, nowMs: number): void;
  /** Arrival to acknowledgement of every document, milliseconds. */
  readonly latencies: readonly number[];
  /** For each shard, when a request that brought something new of it was acknowledged. */
  readonly shards: Heard;
}

const ARRIVED = Buffer.from('"arrived_at":"');
const SHARD = Buffer.from('"shard":"');
const INSTANT_BYTES = 24;

/** Listens to bulk requests from now on. */
export const hearing = (): Hearing => {
  const latencies: number[] = [];
  const shards: Record<string, number[]> = {};
  /** For each shard the latest arrival seen: what a successor sends a second time arrived before it and is no news. */
  const newest = new Map<string, number>();
  const note = (body: Buffer, nowMs: number): void => {
    const seen = new Set<string>();
    for (let at = body.indexOf(ARRIVED); at >= 0; at = body.indexOf(ARRIVED, at + 1)) {
      const from = at + ARRIVED.length;
      const arrivedMs = Date.parse(body.toString('latin1', from, from + INSTANT_BYTES));
      latencies.push(nowMs - arrivedMs);
      const name = body.lastIndexOf(SHARD, at) + SHARD.length;
      const shard = body.toString('latin1', name, body.indexOf('"', name));
      if (arrivedMs <= (newest.get(shard) ?? 0)) continue;
      newest.set(shard, arrivedMs);
      seen.add(shard);
    }
    for (const shard of seen) {
      shards[shard] ??= [];
      shards[shard].push(nowMs);
    }
  };
  return { note, latencies, shards };
};
