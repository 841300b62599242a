import type { Position } from '../../core/position.ts';

/** What a reader tells of its work, for metrics and the status page. Calls are cheap and never throw. */
export interface ReadObserver {
  read(shardId: string, records: number, bytes: number): void;
  /** After every answer, also an empty one: how far from the tip it ended. */
  behind(shardId: string, behindMs: number): void;
  throttled(shardId: string): void;
  failed(shardId: string, message: string): void;
  /** Kinesis no longer knows the position, or the shard: reading goes on at the oldest record it has; some may be missing. */
  lost(shardId: string, position: Position): void;
}

export const silentObserver: ReadObserver = { read() {}, behind() {}, throttled() {}, failed() {}, lost() {} };
