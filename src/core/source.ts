import type { Page } from './page.ts';
import type { Position } from './position.ts';
import type { Shard } from './shard.ts';

/** Where pages come from. */
export interface Source {
  /**
   * Reads a shard from a position on, until its end (the last page has `children`) or until the signal aborts.
   * What fails for a while is tried again inside; leaving the loop early gives back what is held.
   */
  read(shard: Shard, from: Position, signal: AbortSignal): AsyncIterable<Page>;
}
