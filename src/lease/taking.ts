import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import { describe } from '../core/errors.ts';
import type { Coordination } from './coordination.ts';
import { holdLease, type Tenure } from './held.ts';
import { startOf } from './plan.ts';
import type { LeaseRow } from './store.ts';

const RETRY: BackoffPolicy = { firstMs: 100, maxMs: 500 };

/** Takes a lease that the plan found free; undefined when somebody was faster or the table does not answer. */
export const takeLease = async (room: Coordination, row: LeaseRow, stop: AbortSignal): Promise<Tenure | undefined> => {
  const { store, workerId, clock, failoverMs, observe, log } = room;
  const start = startOf(row, room.start, clock.wall().getTime());
  if (!start) return undefined;
  const takenAtMs = clock.now();
  const taken = await tryTaking(room, row, start.startMs, takenAtMs, stop);
  if (!taken) return undefined;
  observe.event('taken');
  log.info({ shard: row.shardId, from: row.owner, checkpoint: start.position }, 'took a lease');
  return holdLease({
    store,
    row,
    owner: workerId,
    position: start.position,
    takenAtMs,
    failoverMs,
    clock,
    writeId: room.writeId,
    childrenOf: async (shardId, signal) =>
      (await room.listShards(signal)).filter(({ parents }) => parents.includes(shardId)),
    observe,
  });
};

/** A taking whose answer was lost is sent again under its own id, while enough of the lease would be left. */
const tryTaking = async (
  room: Coordination,
  row: LeaseRow,
  startMs: number | undefined,
  sinceMs: number,
  stop: AbortSignal,
): Promise<boolean> => {
  const { store, workerId, clock, random, failoverMs, observe, log, board, writeId } = room;
  const id = writeId();
  for (let attempt = 0; ; attempt += 1) {
    try {
      const taken = await store.take(row, workerId, startMs, id);
      if (!taken) observe.event('race-lost');
      return taken;
    } catch (thrown) {
      if (stop.aborted || clock.now() - sinceMs > failoverMs / 3) {
        const error = describe(thrown);
        board.failed(row.shardId, `the lease could not be taken: ${error}`);
        log.warn({ shard: row.shardId, error }, 'a lease could not be taken');
        return false;
      }
      await clock.sleep(backoffMs(attempt, RETRY, random), stop);
    }
  }
};
