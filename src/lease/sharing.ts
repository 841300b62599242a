import { type Plan, patienceMs } from './plan.ts';
import { shareOut } from './share.ts';
import { openSightings, type Sighting } from './sightings.ts';
import type { LeaseRow, WorkerRow } from './store.ts';

/** A lease that this process works on. */
export interface Holding {
  readonly sinceMs: number;
  /** The worker it is being given to. */
  readonly to: string | undefined;
}

export interface SharingInput {
  readonly workers: readonly WorkerRow[];
  readonly sightings: readonly Sighting<LeaseRow>[];
  readonly plan: Plan;
  readonly held: ReadonlyMap<string, Holding>;
  readonly nowMs: number;
}

/** What is to be done about the leases after a look at the table. */
export interface Sharing {
  readonly take: readonly LeaseRow[];
  readonly give: readonly { readonly shardId: string; readonly to: string }[];
  /** Whether others are about to give us leases: look again soon. */
  readonly expecting: boolean;
  /** Whether this worker has all there is to work on, and nobody to share it with. */
  readonly alone: boolean;
  /** Everybody who is there. */
  readonly workers: readonly string[];
  /** Rows of workers long gone. */
  readonly stale: readonly WorkerRow[];
}

/** Free leases that fall to somebody who does not take them are anybody's after this time: a second look or two. */
const GRACE_MS = 1_300;
/** Nothing is given before the fleet has been the same for so long: a deploy starts several workers. */
const SETTLE_MS = 2_000;
/** A lease just taken is not given away at once. */
const COOL_MS = 3_000;
/** Leases on their way to others at once. */
const MOST_GIVEN = 64;
/** Whoever should give and does not is waited for no longer than this. */
const EXPECT_MS = 30_000;
const FORGET_MS = 600_000;

/** How often a worker shows itself. A checkpoint every 5 s leaves this much of the writes that a lease may cost. */
export const showEveryMs = (failoverMs: number): number => failoverMs * 1.5;

/** Keeps in mind what sharing needs beside a single look at the table. It decides; the coordinator acts. */
export const openSharing = (me: string, failoverMs: number) => {
  // One showing may fail and be made good; what the dead are given is without work until it expires.
  const aliveMs = 1.7 * showEveryMs(failoverMs);
  const peers = openSightings<WorkerRow>({
    keyOf: ({ workerId }) => workerId,
    unchanged: (a, b) => a.beat === b.beat,
    longestPauseMs: failoverMs,
  });
  /** The last beat of workers that let a lease expire: they are dead until the next one. */
  let fallen = new Map<string, string>();
  let fleet = { members: '', sinceMs: 0 };
  let freeSince = new Map<string, number>();
  let expectingSinceMs: number | undefined;

  const livePeers = ({ workers, sightings, held, nowMs }: SharingInput) => {
    const patience = { workers: new Set(workers.map(({ workerId }) => workerId)), failoverMs };
    const expired = new Set(
      sightings.flatMap(({ row, sinceMs }) =>
        row.checkpoint.at === 'SHARD_END' || held.has(row.shardId) || nowMs - sinceMs <= patienceMs(row, patience)
          ? []
          : [row.checkpointOwner ?? row.owner],
      ),
    );
    const seen = peers.see(workers, nowMs);
    const dead = ({ row: { workerId, beat } }: Sighting<WorkerRow>) =>
      expired.has(workerId) || fallen.get(workerId) === beat;
    fallen = new Map(seen.filter(dead).map(({ row }) => [row.workerId, row.beat]));
    const isStale = ({ row, sinceMs }: Sighting<WorkerRow>) => row.workerId !== me && nowMs - sinceMs > FORGET_MS;
    return {
      live: seen.filter((one) => one.row.workerId !== me && nowMs - one.sinceMs <= aliveMs && !dead(one)),
      stale: seen.filter(isStale).map(({ row }) => row),
    };
  };

  /** Every lease that is work to be done, with who does it, is about to, or may as well be nobody. */
  const workOf = ({ sightings, plan, held }: SharingInput) => {
    const free = new Set(plan.free.map(({ shardId }) => shardId));
    const mine = new Set(plan.mine.map(({ shardId }) => shardId));
    return sightings.flatMap(({ row: { shardId, owner } }) => {
      const holding = held.get(shardId);
      if (holding) return [{ shardId, owner: holding.to ?? me }];
      if (mine.has(shardId)) return [{ shardId, owner: me }];
      if (free.has(shardId)) return [{ shardId, owner: undefined }];
      // Not ours, though the row may not show yet that we gave it away.
      return plan.states.get(shardId) === 'owned' && owner !== me ? [{ shardId, owner }] : [];
    });
  };

  const takeable = (plan: Plan, free: ReadonlyMap<string, string>, nowMs: number): readonly LeaseRow[] => {
    freeSince = new Map(plan.free.map(({ shardId }) => [shardId, freeSince.get(shardId) ?? nowMs]));
    const due = ({ shardId }: LeaseRow) =>
      free.get(shardId) === me || nowMs - (freeSince.get(shardId) ?? nowMs) >= GRACE_MS;
    return [...plan.mine, ...plan.free.filter(due)];
  };

  return {
    decide: (input: SharingInput): Sharing => {
      const { plan, held, nowMs } = input;
      const { live, stale } = livePeers(input);
      const workers = [me, ...live.map(({ row }) => row.workerId)].sort();
      const work = workOf(input);
      const { free, moves } = shareOut({ leases: work, workers });
      const members = workers.join();
      if (members !== fleet.members) fleet = { members, sinceMs: nowMs };
      const take = takeable(plan, free, nowMs);
      const awake = new Set(live.filter(({ moved }) => moved).map(({ row }) => row.workerId));
      const settled = nowMs - fleet.sinceMs >= SETTLE_MS;
      const due = settled ? moves.filter(({ from, to }) => from === me && awake.has(to)) : [];
      const expected = moves.some(({ to }) => to === me);
      expectingSinceMs = expected ? (expectingSinceMs ?? nowMs) : undefined;
      return {
        take,
        give: choose(held, due, nowMs),
        workers,
        expecting: expectingSinceMs !== undefined && nowMs - expectingSinceMs < EXPECT_MS,
        alone: live.length === 0 && held.size > 0 && take.length === 0 && work.every(({ owner }) => owner === me),
        stale,
      };
    },
    /** A lease was given: what others show of it may be a little old, so nothing more is given for a while. */
    given: (nowMs: number): void => {
      fleet = { ...fleet, sinceMs: nowMs };
    },
  };
};

/** Of our leases the longest held go first, so that no lease moves again and again. */
const choose = (
  held: ReadonlyMap<string, Holding>,
  moves: readonly { readonly to: string }[],
  nowMs: number,
): Sharing['give'] => {
  const underWay = [...held.values()].filter(({ to }) => to !== undefined).length;
  const ripe = [...held]
    .filter(([, { sinceMs, to }]) => to === undefined && nowMs - sinceMs >= COOL_MS)
    .sort(([, a], [, b]) => a.sinceMs - b.sinceMs);
  return moves.slice(0, Math.max(0, MOST_GIVEN - underWay)).flatMap(({ to }, at) => {
    const shardId = ripe[at]?.[0];
    return shardId === undefined ? [] : [{ shardId, to }];
  });
};
