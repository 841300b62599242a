import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import { describe } from '../core/errors.ts';
import type { Coordination } from './coordination.ts';
import type { Tenure } from './held.ts';
import { keepAlive } from './renewal.ts';

/** The work on a held lease, as the coordinator sees it. */
export interface Tenancy {
  /** Resolves when nothing of it is left. Never rejects. */
  readonly ended: Promise<void>;
  readonly sinceMs: number;
  /** The worker to which the lease is being given. */
  readonly to: string | undefined;
  /**
   * Reads no more, finishes what is in hand as long as that is soon done, and leaves the lease to another worker, or,
   * when that one has gone meanwhile, to anybody.
   */
  give(to: string | undefined): void;
}

const RESTART: BackoffPolicy = { firstMs: 1_000, maxMs: 30_000 };
const RELEASE: BackoffPolicy = { firstMs: 100, maxMs: 1_000 };
/** Work that went well for so long is restarted as if it had not failed before. */
const RECOVERED_MS = 60_000;
/** A lease is given away without what is not indexed by then: the next worker reads it again, which changes nothing. */
const DRAIN_MS = 1_000;

/** Works on a held lease until it is finished, lost or given up, and keeps it alive all the while. */
export const workOn = (tenure: Tenure, room: Coordination, stop: AbortSignal): Tenancy => {
  const { board, log, clock } = room;
  const shard = tenure.shard.id;
  const leave = new AbortController();
  const hurry = new AbortController();
  let to: string | undefined;

  const run = async (): Promise<void> => {
    board.hold(tenure);
    const alive = keepAlive(tenure, room);
    await workWhileHeld(tenure, room, AbortSignal.any([stop, leave.signal]), hurry.signal);
    // Whom we know may be stopping with us: what a stopping worker leaves is anybody's.
    await letGo(tenure, room, () => (stop.aborted ? undefined : to));
    await alive;
    board.letGo(shard);
    log.info({ shard, to, checkpoint: tenure.position }, tenure.lost.aborted ? 'lost a lease' : 'let go of a lease');
  };

  return {
    ended: run(),
    sinceMs: clock.now(),
    get to() {
      return to;
    },
    give: (worker) => {
      to = worker;
      if (leave.signal.aborted) return;
      leave.abort();
      void clock.sleep(DRAIN_MS, tenure.over).then(() => hurry.abort());
    },
  };
};

const workWhileHeld = async (
  tenure: Tenure,
  room: Coordination,
  stop: AbortSignal,
  hurry: AbortSignal,
): Promise<void> => {
  const { work, clock, random, observe, log, board } = room;
  const shard = tenure.shard.id;
  let failures = 0;
  while (!stop.aborted && tenure.holds()) {
    const begunMs = clock.now();
    try {
      await work(tenure, stop, hurry);
      return;
    } catch (thrown) {
      if (!tenure.holds()) return;
      failures = clock.now() - begunMs > RECOVERED_MS ? 0 : failures + 1;
      const error = describe(thrown);
      observe.event('work-failed');
      board.failed(shard, error);
      log.error({ shard, error }, 'the work on a shard broke, beginning again from its checkpoint');
      await clock.sleep(backoffMs(failures, RESTART, random), AbortSignal.any([stop, tenure.over]));
    }
  }
};

/** Leaves the lease to others at once; where the table does not answer, the lease ends by itself in time. */
const letGo = async (tenure: Tenure, room: Coordination, to: () => string | undefined): Promise<void> => {
  const { clock, random, log } = room;
  for (let attempt = 0; tenure.holds(); attempt += 1) {
    const heir = to();
    try {
      await (heir === undefined ? tenure.release() : tenure.assign(heir));
    } catch (thrown) {
      log.warn({ shard: tenure.shard.id, error: describe(thrown) }, 'a lease could not be released, trying again');
      await clock.sleep(backoffMs(attempt, RELEASE, random), tenure.over);
    }
  }
};
