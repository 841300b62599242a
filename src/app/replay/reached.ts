import type { Clock } from '../../core/clock.ts';
import type { Position } from '../../core/position.ts';

/** How far shards are read, and whether records were trimmed before they were. */
export interface Reached {
  /** Epoch milliseconds by shard, of those that this process has read. */
  readonly ms: ReadonlyMap<string, number>;
  /** A shard is read from there on. */
  begin(shardId: string, from: Position): void;
  /** A read ended so far from the tip. */
  behind(shardId: string, behindMs: number): void;
}

/** What the stream has of the range. */
export interface Horizon {
  /** From when on there may be records of the range, epoch milliseconds. */
  readonly oldestMs: number;
  readonly retentionMs: number;
}

/**
 * Keeps in mind how far each shard is read. A reader whose place lay before the oldest record goes on there, and Kinesis
 * says nothing: `onGap` is called for each such jump, though there may have been nothing between. A shard whose turn comes
 * only after others were read to their end may have lost its own beginning by then.
 */
export const openReached = (
  clock: Clock,
  { oldestMs, retentionMs }: Horizon,
  onGap: (shardId: string) => void,
): Reached => {
  const ms = new Map<string, number>();
  return {
    ms,
    begin: (shardId, from) => {
      // Of a checkpoint's record Kinesis says by itself that it is gone.
      if (from.at === 'SEQUENCE') ms.delete(shardId);
      else ms.set(shardId, oldestMs);
    },
    behind: (shardId, behindMs) => {
      const nowMs = clock.wall().getTime();
      if ((ms.get(shardId) ?? nowMs) < nowMs - retentionMs) onGap(shardId);
      ms.set(shardId, nowMs - behindMs);
    },
  };
};
