import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import { openBell } from '../core/bell.ts';
import { describe } from '../core/errors.ts';
import { type CoordinateOptions, type Coordination, type FleetView, openCoordination } from './coordination.ts';
import { planLeases } from './plan.ts';
import { openPresence } from './presence.ts';
import { type ShardWatch, watchShards } from './shard-watch.ts';
import { openSharing, type Sharing, type SharingInput } from './sharing.ts';
import { leaseSightings } from './sightings.ts';
import type { LeaseListing, LeaseRow } from './store.ts';
import { takeLease } from './taking.ts';
import { type Tenancy, workOn } from './tenancy.ts';

const SCAN_EVERY_MS = 1_000;
/** Where nothing can be taken, and all that a scan may show is a newcomer: he waits for so long. */
const SCAN_ALONE_MS = 3_000;
/** Of the failover time: after a longer pause what was seen before it would count no more. */
const SCAN_ALONE_SHARE = 0.3;
/** While others are about to give us leases, so that no shard is without work for long. */
const SCAN_SOON_MS = 400;
/** Before the next look when a lease is about to expire. */
const LEAST_PAUSE_MS = 50;
const RETRY: BackoffPolicy = { firstMs: 1_000, maxMs: 5_000 };
/** Takings under way at once. */
const TAKERS = 16;

/**
 * Takes leases, has the work done on them and gives them to others where these have fewer, until `stop` aborts; then
 * waits for the work to end, releases every lease and resolves. Whatever cannot be reached is tried again for ever,
 * and told on the board.
 */
export const coordinate = async (options: CoordinateOptions, stop: AbortSignal): Promise<void> => {
  const room = openCoordination(options);
  const { clock, board, log, random } = room;
  const bell = openBell(clock);
  const watch = watchShards(room, bell.ring, stop);
  const presence = openPresence(room);
  const sharing = openSharing(room.workerId, room.failoverMs);
  const tenancies = new Map<string, Tenancy>();

  const take = async (row: LeaseRow): Promise<void> => {
    const tenure = stop.aborted ? undefined : await takeLease(room, row, stop);
    if (!tenure) return;
    const tenancy = workOn(tenure, room, stop);
    tenancies.set(row.shardId, tenancy);
    void tenancy.ended.then(() => {
      tenancies.delete(row.shardId);
      if (tenancy.to !== undefined) sharing.given(clock.now());
      // The end of a shard frees its children. Any other end waits for the next scan: what ends at once must not spin.
      if (tenure.position.at !== 'SHARD_END') return;
      watch.look();
      bell.ring();
    });
  };

  const act = async ({ take: due, give, workers, stale }: Sharing): Promise<void> => {
    for (const tenancy of tenancies.values())
      if (tenancy.to !== undefined && !workers.includes(tenancy.to)) tenancy.give(undefined);
    for (const { shardId, to } of give) {
      log.info({ shard: shardId, to }, 'giving a lease to another worker, to share evenly');
      tenancies.get(shardId)?.give(to);
    }
    for (let at = 0; at < due.length; at += TAKERS) await Promise.all(due.slice(at, at + TAKERS).map(take));
    for (const worker of stale) await room.store.hide(worker);
  };

  const look = openLook(room, watch, stop);
  const aloneMs = Math.max(SCAN_EVERY_MS, Math.min(SCAN_ALONE_MS, room.failoverMs * SCAN_ALONE_SHARE));
  let failures = 0;
  while (!stop.aborted) {
    const jitter = 0.8 + 0.4 * random();
    let pauseMs = SCAN_EVERY_MS * jitter;
    try {
      await room.table.ready(stop);
      await presence.show();
      const seen = await look(tenancies);
      const decided = sharing.decide(seen);
      room.talk?.heard(fleetView(room.workerId, seen, decided.workers));
      await act(decided);
      failures = 0;
      if (decided.alone) pauseMs = aloneMs * jitter;
      if (decided.expecting) pauseMs = Math.min(pauseMs, SCAN_SOON_MS);
      pauseMs = Math.min(pauseMs, Math.max(LEAST_PAUSE_MS, seen.plan.expiresMs + 1 - clock.now()));
    } catch (thrown) {
      if (stop.aborted) break;
      failures += 1;
      pauseMs = backoffMs(failures - 1, RETRY, random);
      room.table.failed();
      const error = describe(thrown);
      if (board.note('lease-table', error)) log.warn({ error }, 'the lease table cannot be used, trying again');
    }
    await bell.rest(pauseMs, stop);
  }
  await Promise.all([watch.ended, presence.leave(tenancies), ...[...tenancies.values()].map(({ ended }) => ended)]);
};

/** Leases that are held or may be taken count; the row may not show yet whose they are. */
const fleetView = (
  me: string,
  { sightings, plan, held, workers: rows }: SharingInput,
  workers: readonly string[],
): FleetView => ({
  workers,
  tells: new Map(rows.filter(({ workerId }) => workerId !== me).map(({ workerId, tells }) => [workerId, tells])),
  owners: sightings.flatMap(({ row }) => {
    const state = plan.states.get(row.shardId);
    if (state === 'unowned') return [undefined];
    return state === 'owned' ? [held.has(row.shardId) ? me : (row.checkpointOwner ?? row.owner)] : [];
  }),
});

/** Reads the table whole and says what it means. */
const openLook = (room: Coordination, watch: ShardWatch, stop: AbortSignal) => {
  const { store, clock, board, log, start, failoverMs, workerId } = room;
  const leases = leaseSightings(failoverMs);
  let malformed = '';
  return async (held: ReadonlyMap<string, Tenancy>) => {
    const nowMs = clock.now();
    const listing = await store.list(stop);
    watch.saw(listing);
    const sightings = leases.see(listing.rows, clock.now());
    const listed = watch.listed();
    const working = new Set(held.keys());
    const workers = new Set(listing.workers.map((worker) => worker.workerId));
    const plan = planLeases({ sightings, me: workerId, workers, held: working, listed, start, nowMs, failoverMs });
    board.read(listing, plan, clock.now());
    if (board.note('lease-table', undefined)) {
      log.info({}, 'the lease table can be used again');
      watch.look();
    }
    const problems = malformedText(listing);
    if (problems !== malformed && problems !== '') log.error({ rows: problems }, 'lease rows that cannot be read');
    malformed = problems;
    return { workers: listing.workers, sightings, plan, held, nowMs };
  };
};

const malformedText = ({ malformed }: LeaseListing): string =>
  malformed.map(({ key, problem }) => `${key}: ${problem}`).join('; ');
