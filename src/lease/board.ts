import type { Clock } from '../core/clock.ts';
import type { Probe } from '../core/probe.ts';
import type { Tenure } from './held.ts';
import type { LeaseState, Plan } from './plan.ts';
import type { Checkpoint, LeaseListing } from './store.ts';

/** One lease, as the status page and the metrics show it. */
export interface LeaseStatus {
  readonly shard: string;
  readonly state: LeaseState;
  readonly owner: string | undefined;
  /** Whether this process holds it. */
  readonly held: boolean;
  /** A sequence number or one of the KCL's sentinels. */
  readonly checkpoint: string;
  /** Why nothing happens to it, where that is so. */
  readonly problem: string | undefined;
}

export interface LeasesStatus {
  readonly leases: readonly LeaseStatus[];
  readonly counts: Readonly<Record<LeaseState, number>>;
  /** Rows of the table that cannot be read, and why. */
  readonly malformed: LeaseListing['malformed'];
  /** What cannot be reached at present. */
  readonly problems: readonly { readonly what: Dependency; readonly message: string; readonly since: Date }[];
  /** Milliseconds since the lease table was last read whole; undefined before the first time. */
  readonly readAgoMs: number | undefined;
}

/** What the coordinator cannot do without. */
export type Dependency = 'lease-table' | 'shard-list' | 'new-leases' | 'ended-shards';

/** What is known of the leases: the coordinator writes it, status page, probes and metrics read it. */
export interface LeaseBoard {
  status(): LeasesStatus;
  read(listing: LeaseListing, plan: Plan, nowMs: number): void;
  hold(tenure: Tenure): void;
  letGo(shardId: string): void;
  failed(shardId: string, message: string): void;
  /** Ends every lease that has expired by our own clock, though no timer has run since: asked before any I/O. */
  expire(): void;
  /** Notes what is wrong with a dependency, or that nothing is; true when that is news. */
  note(what: Dependency, message: string | undefined): boolean;
}

const NO_START = 'its checkpoint is AT_TIMESTAMP and the time is not known here: set start to that time';
const STALE_MS = 10_000;

/** A board with nothing on it yet. */
export const openBoard = (clock: Clock): LeaseBoard => {
  let listing: LeaseListing = { rows: [], workers: [], malformed: [] };
  let plan: Plan = { free: [], mine: [], unusable: [], states: new Map(), expiresMs: Number.POSITIVE_INFINITY };
  let readMs: number | undefined;
  const held = new Map<string, Tenure>();
  const failures = new Map<string, string>();
  const problems = new Map<Dependency, { readonly message: string; readonly since: Date }>();

  const leases = (): LeaseStatus[] =>
    listing.rows.map(({ shardId, owner, checkpoint }) => {
      const tenure = held.get(shardId);
      return {
        shard: shardId,
        state: tenure ? 'owned' : (plan.states.get(shardId) ?? 'unowned'),
        owner,
        held: tenure !== undefined,
        checkpoint: tenure?.position.at === 'SEQUENCE' ? tenure.position.sequenceNumber : checkpointText(checkpoint),
        problem: plan.unusable.includes(shardId) ? NO_START : failures.get(shardId),
      };
    });

  return {
    status: () => {
      const all = leases();
      const count = (state: LeaseState) => all.filter((lease) => lease.state === state).length;
      return {
        leases: all,
        counts: {
          owned: count('owned'),
          unowned: count('unowned'),
          waiting: count('waiting'),
          finished: count('finished'),
        },
        malformed: listing.malformed,
        problems: [...problems].map(([what, problem]) => ({ what, ...problem })),
        readAgoMs: readMs === undefined ? undefined : clock.now() - readMs,
      };
    },
    read: (read, planned, nowMs) => {
      listing = read;
      plan = planned;
      readMs = nowMs;
      // What kept us from a lease is of no interest once somebody else works on it.
      for (const shardId of failures.keys())
        if (!held.has(shardId) && planned.states.get(shardId) !== 'unowned') failures.delete(shardId);
    },
    hold: (tenure) => {
      held.set(tenure.shard.id, tenure);
      failures.delete(tenure.shard.id);
    },
    letGo: (shardId) => {
      held.delete(shardId);
      failures.delete(shardId);
    },
    failed: (shardId, message) => void failures.set(shardId, message),
    expire: () => {
      for (const tenure of held.values()) tenure.holds();
    },
    note: (what, message) => {
      const before = problems.get(what);
      if (message === undefined) return problems.delete(what);
      if (before?.message === message) return false;
      problems.set(what, { message, since: before?.since ?? clock.wall() });
      return true;
    },
  };
};

const checkpointText = (checkpoint: Checkpoint): string =>
  checkpoint.at === 'SEQUENCE' ? checkpoint.sequenceNumber : checkpoint.at;

const TROUBLE: Readonly<Record<Dependency, string>> = {
  'lease-table': 'the lease table cannot be used',
  'shard-list': 'the shards cannot be listed',
  'new-leases': 'leases that are missing cannot be made',
  'ended-shards': 'by the lease table these shards have ended, but Kinesis has them open',
};

/**
 * Whether the lease table answers and can be kept complete. The coordinator reads it every second or so, so this asks
 * the board, not the table.
 */
export const leaseTableProbe = (board: LeaseBoard): Probe => ({
  name: 'lease-table',
  check: async () => {
    const { problems, leases, malformed, readAgoMs } = board.status();
    if (problems.length > 0) return problems.map(({ what, message }) => `${TROUBLE[what]}: ${message}`).join('; ');
    if (readAgoMs === undefined) return 'the lease table has not been read yet';
    if (readAgoMs > STALE_MS) return `the lease table has not answered for ${Math.round(readAgoMs / 1_000)} s`;
    const unusable = leases.find(({ problem }) => problem === NO_START);
    if (unusable) return `nobody works on ${unusable.shard}: ${NO_START}`;
    const rows = malformed.map(({ key, problem }) => `${key} (${problem})`).join(', ');
    return rows === '' ? undefined : `nobody works on leases whose rows cannot be read: ${rows}`;
  },
});
