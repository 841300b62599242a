import { compareSequenceNumbers } from '../core/position.ts';
import type { Shard } from '../core/shard.ts';
import type { LeaseListing, LeaseRow } from './store.ts';

/** A record, or a message within it, on a shard. */
export interface Passable {
  readonly shard: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  /** Epoch milliseconds. */
  readonly arrivedMs: number;
}

const passedByRow = ({ checkpoint, startMs }: LeaseRow, place: Passable): boolean => {
  if (checkpoint.at === 'SHARD_END') return true;
  // Nobody will ever read what arrived before the application began.
  if (startMs !== undefined && place.arrivedMs < startMs) return true;
  if (checkpoint.at !== 'SEQUENCE') return false;
  const order = compareSequenceNumbers(place.sequenceNumber, checkpoint.sequenceNumber);
  if (order !== 0) return order < 0;
  // A plain checkpoint means the whole record; one with a sub-sequence number, the KCL's, a part of it.
  return checkpoint.subSequenceNumber === 0 || place.subSequenceNumber <= checkpoint.subSequenceNumber;
};

/**
 * Tells of each place whether the checkpoints have passed it. A shard without a lease is passed when one that continues it
 * has a lease, as rows of ended shards are cleaned away; else nobody has come to it yet. `shards` left out, every shard
 * that is asked for is known to have been read: without a lease it is passed.
 */
export const passedPlaces = (
  { rows }: Pick<LeaseListing, 'rows'>,
  shards?: readonly Shard[],
): ((place: Passable) => boolean) => {
  const byShard = new Map(rows.map((row) => [row.shardId, row]));
  const known = new Map<string, boolean>();
  const isContinued = (shardId: string): boolean => {
    const found = known.get(shardId);
    if (found !== undefined) return found;
    known.set(shardId, false);
    const children = (shards ?? []).filter(({ parents }) => parents.includes(shardId));
    const answer = children.some(({ id }) => byShard.has(id) || isContinued(id));
    known.set(shardId, answer);
    return answer;
  };
  return (place) => {
    const row = byShard.get(place.shard);
    return row ? passedByRow(row, place) : !shards || isContinued(place.shard);
  };
};
