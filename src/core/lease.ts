import type { Position } from './position.ts';
import type { Shard } from './shard.ts';

/** `lost`: somebody else holds the lease now; nothing was written and nothing more may be. */
export type Saved = 'saved' | 'lost';

/** A lease while it is held: the only thing on which a checkpoint can be saved. */
export interface HeldLease {
  readonly shard: Shard;
  /** Where reading begins. LATEST is already resolved to a time. */
  readonly position: Position;
  /** Aborts the moment the lease is gone or has expired by our own clock: drop the work, write nothing. */
  readonly lost: AbortSignal;
  /** Writes the checkpoint, fenced. Never moves it backwards. Rejects when the table cannot be reached: try again. */
  save(position: Position): Promise<Saved>;
  /** The shard is done to its end: makes the children's leases, then writes SHARD_END. */
  finish(children: readonly Shard[]): Promise<Saved>;
}

/** How the work on a held lease came to its end. */
export type WorkEnd = 'stopped' | 'lost' | 'finished';

/**
 * The work done on a held lease. `stop` = read no more, finish what is in hand, checkpoint, return 'stopped'.
 * `hurry` = while stopping, wait for nothing more that is in hand: whoever comes next reads it again.
 * A rejection means the work broke: the coordinator keeps the lease and starts the work again after a pause.
 */
export type Work = (held: HeldLease, stop: AbortSignal, hurry?: AbortSignal) => Promise<WorkEnd>;
