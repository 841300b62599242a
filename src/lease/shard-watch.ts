import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import { openBell } from '../core/bell.ts';
import { describe } from '../core/errors.ts';
import type { Dependency } from './board.ts';
import type { Coordination } from './coordination.ts';
import { openPatience } from './patience.ts';
import type { Listing } from './plan.ts';
import { endedButOpen, isNeeded, missingLeases, outlived } from './shard-sync.ts';
import type { Checkpoint, LeaseListing, NewLease } from './store.ts';
import { openVanished } from './vanished.ts';

/** Keeps the leases complete beside the shards that Kinesis lists. */
export interface ShardWatch {
  /** The shards listed last; undefined before the first answer. */
  listed(): Listing | undefined;
  /** Takes in what a scan of the table showed: a lease that vanished is made again where it stood. */
  saw(listing: LeaseListing): void;
  /** Lists again at once. */
  look(): void;
  /** Resolves when the watching has ended with its signal. Never rejects. */
  readonly ended: Promise<void>;
}

const EVERY_MS = 60_000;
/** Between two comparisons, however soon a lease is due to be made again. */
const LEAST_PAUSE_MS = 1_000;
const RETRY: BackoffPolicy = { firstMs: 1_000, maxMs: 5_000 };

/** Makes the leases that are missing, now and every minute or so, until the signal aborts. `changed` hears of news. */
export const watchShards = (room: Coordination, changed: () => void, signal: AbortSignal): ShardWatch => {
  const { store, clock, random, observe, log, board, table } = room;
  const bell = openBell(clock);
  const vanished = openVanished(room.failoverMs);
  const toMake = openPatience(room.failoverMs);
  const toReport = openPatience(room.failoverMs);
  const toRemove = openPatience(room.failoverMs);
  let listed: Listing | undefined;
  let asking: Dependency = 'shard-list';

  const make = async (leases: readonly NewLease[]): Promise<void> => {
    for (const lease of leases) {
      if (signal.aborted || !(await store.create(lease, room.writeId()))) continue;
      observe.event('created');
      log.info({ shard: lease.shardId, checkpoint: lease.checkpoint }, 'made a lease');
    }
  };

  const sync = async (): Promise<void> => {
    asking = 'lease-table';
    await table.ready(signal);
    asking = 'shard-list';
    // Before the listing, so that a shard made meanwhile cannot be begun later than it should.
    const nowMs = clock.wall().getTime();
    const askedMs = clock.now();
    const shards = await room.listShards(signal);
    if (board.note('shard-list', undefined)) log.info({}, 'the shards can be listed again');
    asking = 'lease-table';
    const listing = await store.list(signal);
    vanished.see(listing, clock.now());
    const before = listed;
    listed = { shards: new Set(shards.map(({ id }) => id)), askedMs };
    const known = new Map<string, Checkpoint | undefined>(
      vanished.gone((row, standing) => isNeeded(row, shards, standing)),
    );
    for (const { shardId, checkpoint } of listing.rows) known.set(shardId, checkpoint);
    for (const { key } of listing.malformed) known.set(key, undefined);
    const again = vanished.due(clock.now());
    // LATEST is when the application began, not when a lease is made that should have been there since.
    const latestMs = Math.min(nowMs, ...listing.rows.flatMap(({ startMs }) => startMs ?? []));
    // In a table without leases nobody works yet, and the first document shall not wait.
    const isNew = [...known.values()].every((checkpoint) => checkpoint === undefined);
    const missing = toMake.due(missingLeases(shards, known, room.start, latestMs), clock.now(), isNew);
    const suspicious = room.endsBeforeShards ? [] : endedButOpen(shards, listing.rows);
    report(toReport.due(suspicious, clock.now()).map(({ shardId }) => shardId));
    asking = 'new-leases';
    await make([...again, ...missing]);
    if (again.length > 0)
      log.warn({ leases: again.length }, 'leases had vanished from the table: made again where they stood');
    if (again.length + missing.length > 0 || !before) changed();
    asking = 'lease-table';
    // Not at first sight: this list of shards may have been asked for before the shard was made, and ended.
    for (const row of toRemove.due(outlived(shards, listing.rows), clock.now())) await store.remove(row);
  };

  const report = (reopened: readonly string[]): void => {
    const text = `${reopened.join(', ')}; nobody reads them: if the stream was made anew, delete these leases`;
    if (board.note('ended-shards', reopened.length > 0 ? text : undefined) && reopened.length > 0)
      log.error(
        { shards: reopened },
        'by the lease table shards have ended that Kinesis has open: delete their leases',
      );
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await sync();
        failures = 0;
        if (board.note('new-leases', undefined)) log.info({}, 'leases can be made again');
      } catch (thrown) {
        if (signal.aborted) return;
        failures += 1;
        const error = describe(thrown);
        if (board.note(asking, error))
          log.warn({ error, asking }, 'shards and leases cannot be compared, trying again');
      }
      const pauseMs = failures > 0 ? backoffMs(failures - 1, RETRY, random) : EVERY_MS * (0.8 + 0.4 * random());
      const dueInMs = Math.min(...[vanished, toMake, toReport].map((one) => one.dueInMs(clock.now())));
      await bell.rest(Math.min(pauseMs, Math.max(LEAST_PAUSE_MS, dueInMs)), signal);
    }
  };

  const saw = (listing: LeaseListing): void => {
    if (!vanished.see(listing, clock.now())) return;
    log.info({}, 'rows have vanished from the lease table, or been mended: comparing it with the shards');
    bell.ring();
  };

  return { listed: () => listed, saw, look: bell.ring, ended: run() };
};
