import type { Position, Start } from '../core/position.ts';
import type { Sighting } from './sightings.ts';
import type { LeaseRow } from './store.ts';

/** What a lease is at, as `shardline_shards{state}` counts it. */
export type LeaseState = 'owned' | 'unowned' | 'waiting' | 'finished';

/** What ListShards answered. */
export interface Listing {
  readonly shards: ReadonlySet<string>;
  /** When it was asked, on the clock of the sightings. */
  readonly askedMs: number;
}

export interface PlanInput {
  readonly sightings: readonly Pick<Sighting<LeaseRow>, 'row' | 'sinceMs'>[];
  readonly me: string;
  /** Workers that show themselves in the table. */
  readonly workers: ReadonlySet<string>;
  /** Shards whose work has not ended in this process. */
  readonly held: ReadonlySet<string>;
  /** Shards that Kinesis listed last; undefined while it has not answered. */
  readonly listed: Listing | undefined;
  readonly start: Start;
  /** When the scan began, on the clock of the sightings. */
  readonly nowMs: number;
  readonly failoverMs: number;
}

export interface Plan {
  /** Anybody may take them. */
  readonly free: readonly LeaseRow[];
  /** Assigned to us, or ours before a pause: nobody else takes them while we show signs of life. */
  readonly mine: readonly LeaseRow[];
  /** Leases that could be taken if they told where to begin. */
  readonly unusable: readonly string[];
  readonly states: ReadonlyMap<string, LeaseState>;
  /** When the first of the others' leases expires unless it shows a sign of life. */
  readonly expiresMs: number;
}

/** A worker who is given a lease sees it within about a second; nobody works on the lease until then. */
const GIVEN_MS = 2_500;

/** How long a row that names an owner may stand still before the lease is anybody's. */
export const patienceMs = (
  { owner, checkpointOwner, given }: LeaseRow,
  { workers, failoverMs }: Pick<PlanInput, 'workers' | 'failoverMs'>,
): number => {
  if (!given || owner === undefined || checkpointOwner !== undefined) return failoverMs;
  // He was stopping when he was given it, and took his row away.
  return workers.has(owner) ? Math.min(GIVEN_MS, failoverMs) : 0;
};

/**
 * Decides which leases can be taken: those without an owner, those whose owner let the failover time pass without a
 * sign of life, seen by our own clock alone, and our own. A lease waits until its shard's parents are done.
 */
export const planLeases = (input: PlanInput): Plan => {
  const rows = new Map(input.sightings.map(({ row }) => [row.shardId, row]));
  const states = new Map<string, LeaseState>();
  const free: LeaseRow[] = [];
  const mine: LeaseRow[] = [];
  const unusable: string[] = [];
  let expiresMs = Number.POSITIVE_INFINITY;
  for (const sighting of input.sightings) {
    const { row } = sighting;
    const state = stateOf(sighting, rows, input);
    states.set(row.shardId, state);
    if (state === 'owned' && !input.held.has(row.shardId))
      expiresMs = Math.min(expiresMs, sighting.sinceMs + patienceMs(row, input));
    const isMine = row.owner === input.me && row.checkpointOwner === undefined && !input.held.has(row.shardId);
    const isOurs = isMine && (state === 'owned' || state === 'unowned') && parentsDone(sighting, rows, input);
    if (state !== 'unowned' && !isOurs) continue;
    if (!startOf(row, input.start, 0)) unusable.push(row.shardId);
    else (isOurs ? mine : free).push(row);
  }
  return { free, mine, unusable, states, expiresMs };
};

const stateOf = (
  sighting: PlanInput['sightings'][number],
  rows: ReadonlyMap<string, LeaseRow>,
  input: PlanInput,
): LeaseState => {
  const { row } = sighting;
  if (row.checkpoint.at === 'SHARD_END') return 'finished';
  if (input.held.has(row.shardId)) return 'owned';
  const owner = row.checkpointOwner ?? row.owner;
  if (owner !== undefined && input.nowMs - sighting.sinceMs <= patienceMs(row, input)) return 'owned';
  return parentsDone(sighting, rows, input) ? 'unowned' : 'waiting';
};

const parentsDone = (
  { row, sinceMs }: PlanInput['sightings'][number],
  rows: ReadonlyMap<string, LeaseRow>,
  { listed }: PlanInput,
): boolean => {
  // A listing from before the child was born says nothing about its parents: they may be about to get their leases.
  const telling = listed && (listed.shards.has(row.shardId) || listed.askedMs >= sinceMs) ? listed : undefined;
  return row.parents.every((parent) => isDone(parent, row, rows, telling));
};

/**
 * A parent is done when its lease is at SHARD_END. One without a lease is done if Kinesis lists it no more, or if the
 * child's checkpoint shows that the child has begun, or was to begin, without it.
 */
const isDone = (
  parent: string,
  child: LeaseRow,
  rows: ReadonlyMap<string, LeaseRow>,
  listed: Listing | undefined,
): boolean => {
  const lease = rows.get(parent);
  if (lease) return lease.checkpoint.at === 'SHARD_END';
  if (child.checkpoint.at === 'SEQUENCE' || child.checkpoint.at === 'LATEST') return true;
  return listed !== undefined && !listed.shards.has(parent);
};

/**
 * Where the work on a lease begins, LATEST resolved to a time, and the time to fix in the row if it has none.
 * Undefined: a row says AT_TIMESTAMP, tells no time, and neither does the configuration.
 */
export const startOf = (
  row: LeaseRow,
  start: Start,
  wallMs: number,
): { readonly position: Position; readonly startMs: number | undefined } | undefined => {
  const { checkpoint } = row;
  if (checkpoint.at === 'SEQUENCE') return { position: checkpoint, startMs: undefined };
  if (checkpoint.at !== 'LATEST' && checkpoint.at !== 'AT_TIMESTAMP')
    return { position: { at: checkpoint.at }, startMs: undefined };
  const configuredMs = start.at === 'AT_TIMESTAMP' ? start.timestampMs : undefined;
  const timestampMs = row.startMs ?? (checkpoint.at === 'LATEST' ? wallMs : configuredMs);
  return timestampMs === undefined
    ? undefined
    : { position: { at: 'AT_TIMESTAMP', timestampMs }, startMs: timestampMs };
};
