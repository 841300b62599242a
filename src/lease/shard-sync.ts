import type { Start } from '../core/position.ts';
import type { Shard } from '../core/shard.ts';
import type { Checkpoint, LeaseRow, NewLease } from './store.ts';

/** Every lease the table has, by shard; the checkpoint is undefined where the row cannot be read. */
export type KnownLeases = ReadonlyMap<string, Checkpoint | undefined>;

/**
 * Which leases are missing, ancestors first so that a crash between two of them leaves a table that the next run
 * completes. The rules are the KCL's (its HierarchicalShardSyncer): an empty table gets every shard for
 * TRIM_HORIZON, the open ones for LATEST and the oldest ones for a time; one with leases gets only the first missing
 * level of ancestors, as the end of a shard makes its children's leases. Two cases beyond the KCL's: a child whose
 * parents have all ended gets the lease it lost, and so do the parents that a lease not begun still waits for.
 */
export const missingLeases = (
  shards: readonly Shard[],
  known: KnownLeases,
  start: Start,
  latestMs: number,
): readonly NewLease[] => {
  const graph = graphOf(shards);
  const initial = (shard: Shard) => newLease(shard, start.at, startMsOf(start, latestMs));
  const missing = known.size === 0 ? firstLeases(graph, start, initial) : laterLeases(graph, known, start, initial);
  const depths = new Map<string, number>();
  return missing
    .filter(({ shardId }) => !known.has(shardId))
    .sort(
      (a, b) =>
        depthOf(graph, a.shardId, depths) - depthOf(graph, b.shardId, depths) || (a.shardId < b.shardId ? -1 : 1),
    );
};

/**
 * Whether a lease that vanished is to be made again: not of a shard that is listed no more. One that has ended may have
 * been cleaned away, as the KCL does; it tells something only while a child of its shard has not begun.
 */
export const isNeeded = ({ shardId, checkpoint }: LeaseRow, shards: readonly Shard[], known: KnownLeases): boolean => {
  if (!shards.some(({ id }) => id === shardId)) return false;
  const hasBegun = ({ id }: Shard) => ['SEQUENCE', 'SHARD_END'].includes(known.get(id)?.at ?? '');
  const children = shards.filter(({ parents }) => parents.includes(shardId));
  return checkpoint.at !== 'SHARD_END' || !children.every(hasBegun);
};

/** Leases that have ended though Kinesis lists their shards as open: of an earlier stream of the same name. */
export const endedButOpen = (shards: readonly Shard[], rows: readonly LeaseRow[]): readonly LeaseRow[] => {
  const { isOpen } = graphOf(shards);
  const open = new Set(shards.flatMap(({ id }) => (isOpen(id) ? [id] : [])));
  return rows.filter(({ shardId, checkpoint }) => checkpoint.at === 'SHARD_END' && open.has(shardId));
};

/** Leases that have ended and whose shards Kinesis has dropped: they tell nothing, and every scan would read them for ever. */
export const outlived = (shards: readonly Shard[], rows: readonly LeaseRow[]): readonly LeaseRow[] => {
  const listed = new Set(shards.map(({ id }) => id));
  return listed.size === 0
    ? []
    : rows.filter(({ shardId, checkpoint }) => checkpoint.at === 'SHARD_END' && !listed.has(shardId));
};

/** The lease of a shard that another one led to. */
export const childLease = (shard: Shard): NewLease => newLease(shard, 'TRIM_HORIZON', undefined);

interface Graph {
  readonly shards: readonly Shard[];
  /** Parents that are listed themselves: one whose data is trimmed is not. */
  parents(shardId: string): readonly Shard[];
  /** A shard that nothing continues is open. */
  isOpen(shardId: string): boolean;
}

const graphOf = (shards: readonly Shard[]): Graph => {
  const byId = new Map(shards.map((shard) => [shard.id, shard]));
  const continued = new Set(shards.flatMap((shard) => shard.parents));
  return {
    shards,
    parents: (shardId) => (byId.get(shardId)?.parents ?? []).flatMap((parent) => byId.get(parent) ?? []),
    isOpen: (shardId) => !continued.has(shardId),
  };
};

const newLease = (shard: Shard, at: Start['at'], startMs: number | undefined): NewLease => ({
  shardId: shard.id,
  checkpoint: { at },
  startMs,
  parents: shard.parents,
  hashRange: shard.hashRange,
});

const startMsOf = (start: Start, latestMs: number): number | undefined => {
  if (start.at === 'AT_TIMESTAMP') return start.timestampMs;
  return start.at === 'LATEST' ? latestMs : undefined;
};

const depthOf = (graph: Graph, shardId: string, depths: Map<string, number>): number => {
  const found = depths.get(shardId);
  if (found !== undefined) return found;
  depths.set(shardId, 0);
  const depth = Math.max(-1, ...graph.parents(shardId).map(({ id }) => depthOf(graph, id, depths))) + 1;
  depths.set(shardId, depth);
  return depth;
};

const firstLeases = (graph: Graph, start: Start, initial: (shard: Shard) => NewLease): NewLease[] => {
  if (start.at === 'TRIM_HORIZON') return graph.shards.map(initial);
  if (start.at === 'LATEST') return graph.shards.filter(({ id }) => graph.isOpen(id)).map(initial);
  return graph.shards.filter(({ id }) => graph.parents(id).length === 0).map(initial);
};

const laterLeases = (
  graph: Graph,
  known: KnownLeases,
  start: Start,
  initial: (shard: Shard) => NewLease,
): NewLease[] => {
  const missing: NewLease[] = [];
  const visited = new Set<string>();
  const leads = new Map<string, boolean>();

  /** Whether the shard or an ancestor of it has a lease. */
  const descends = (shard: Shard): boolean => {
    const found = leads.get(shard.id);
    if (found !== undefined) return found;
    leads.set(shard.id, false);
    const leased = known.has(shard.id) || shard.parents.some((parent) => known.has(parent));
    const answer = leased || graph.parents(shard.id).some(descends);
    leads.set(shard.id, answer);
    return answer;
  };

  /** Makes the lease of a shard without one, or of the ancestors that come before it. */
  const cover = (shard: Shard): void => {
    if (known.has(shard.id) || visited.has(shard.id)) return;
    visited.add(shard.id);
    const listed = graph.parents(shard.id);
    // A parent may have a lease and be listed no more: then its data is gone, but its child is not yet begun.
    const before = shard.parents.filter((parent) => known.has(parent) || listed.some(({ id }) => id === parent));
    if (before.length > 0 && before.every((parent) => known.get(parent)?.at === 'SHARD_END')) {
      missing.push(childLease(shard));
    } else if (start.at === 'LATEST' ? descends(shard) : before.length > 0) {
      for (const parent of listed) cover(parent);
    } else {
      missing.push(initial(shard));
    }
  };

  for (const shard of graph.shards) {
    const checkpoint = known.get(shard.id)?.at;
    if (graph.isOpen(shard.id)) cover(shard);
    if (checkpoint === 'TRIM_HORIZON' || checkpoint === 'AT_TIMESTAMP')
      for (const parent of graph.parents(shard.id)) cover(parent);
  }
  return missing;
};
