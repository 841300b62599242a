import type { Clock } from '../../core/clock.ts';

/** How far shards are read, and whether records were trimmed before they were. */
export interface Reached {
  /** Epoch milliseconds by shard, of those that this process has read. */
  readonly ms: ReadonlyMap<string, number>;
  /** A read ended so far from the tip. */
  behind(shardId: string, behindMs: number): void;
}

/**
 * Keeps in mind how far each shard is read. A reader whose place lay before the oldest record goes on there, and Kinesis
 * says nothing: `onGap` is called for each such jump, though there may have been nothing between.
 */
export const openReached = (clock: Clock, retentionMs: number, onGap: (shardId: string) => void): Reached => {
  const ms = new Map<string, number>();
  return {
    ms,
    behind: (shardId, behindMs) => {
      const nowMs = clock.wall().getTime();
      if ((ms.get(shardId) ?? nowMs) < nowMs - retentionMs) onGap(shardId);
      ms.set(shardId, nowMs - behindMs);
    },
  };
};
