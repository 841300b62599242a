import { systemClock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import { Redrive, type Redriven } from '../dead-letter/redrive.ts';
import { spoolQueue } from '../dead-letter/spool.ts';
import {
  type LetterJob,
  type LetterSource,
  openLetterSource,
  selectionOf,
  troubleTeller,
  unreadableTeller,
} from './letter-job.ts';
import { type OfflineDelivery, openOffline } from './offline.ts';
import { offlineRecord } from './offline-record.ts';
import type { Totals } from './sink.ts';
import { type Stopping, stopping } from './stopping.ts';

export interface RedriveJob extends LetterJob {
  /** Letters a second; as fast as they go where undefined. */
  readonly rate?: number | undefined;
  readonly version: string;
  readonly cwd: string;
  readonly pid: number;
  readonly log: Log;
  readonly onProgress: (counts: Readonly<Redriven>) => void;
  /** Calls back at each request to stop: the first finishes what is in hand, the second ends at once. */
  readonly onStopSignal: (callback: () => void) => void;
}

/** What became of a redrive. */
export interface RedriveResult extends Redriven {
  readonly documents: Pick<Totals, 'indexed' | 'duplicate' | 'stale' | 'dropped'>;
  /** Letters that came from the queue. */
  readonly spooled: number;
  /** Whether it was stopped before the end. */
  readonly stopped: boolean;
}

interface Run {
  readonly job: RedriveJob;
  readonly source: LetterSource;
  readonly phase: Stopping;
  readonly hurry: AbortSignal;
  readonly begunAt: Date;
  readonly onUnreadable: (where: string, why: string) => void;
}

const TICK_MS = 1_000;

/** Empties the queue into the place that is redriven then; returns how many letters it held, and what was none. */
const spool = async ({ job, source, phase, hurry, begunAt, onUnreadable }: Run) => {
  const counts = { spooled: 0, unreadable: 0 };
  const { queue, place } = source;
  if (!queue) return counts;
  await spoolQueue({
    queue,
    place,
    begunMs: begunAt.getTime(),
    onUnreadable: (where, why) => {
      counts.unreadable += 1;
      onUnreadable(where, why);
    },
    onReceived: (letters) =>
      job.note(
        `about ${letters} letters of the queue are in hand elsewhere, or were in that of a redrive that was ended: if nobody removes them, they come back within ten minutes; redrive again then`,
      ),
    onSpooled: (letters) => {
      counts.spooled += letters;
    },
    stop: phase.stop,
    end: AbortSignal.any([phase.exitDeadline, hurry]),
  });
  if (counts.spooled > 0) job.note(`${counts.spooled} letters are put down from the queue`);
  return counts;
};

/** Reads, delivers and removes; meanwhile tells how it gets on. */
const drive = async (run: Run, delivery: OfflineDelivery): Promise<Redriven> => {
  const { job, source, phase, hurry, begunAt, onUnreadable } = run;
  const redrive = new Redrive({
    ...source,
    selection: selectionOf(job),
    begunAt: begunAt.toISOString(),
    deliver: (letter, history, onSettled) => delivery.deliver(offlineRecord(letter, history), onSettled),
    idle: (signal) => delivery.idle(signal),
    rate: job.rate,
    onUnreadable,
    clock: systemClock,
    stop: phase.stop,
    deadline: AbortSignal.any([phase.drainDeadline, hurry]),
    end: AbortSignal.any([phase.exitDeadline, hurry]),
  });
  const over = new AbortController();
  const tell = troubleTeller(job.note);
  const watch = async () => {
    while (!over.signal.aborted) {
      await systemClock.sleep(TICK_MS, over.signal);
      tell(delivery.trouble());
      job.onProgress(redrive.counts());
    }
  };
  const watching = watch();
  try {
    await redrive.run();
  } finally {
    over.abort();
    await watching;
  }
  return redrive.counts();
};

/**
 * Takes dead letters through today's transform into the index, and removes those that are there now or became letters
 * again. Rejects where the place or the configuration cannot be used.
 */
export const redriveLetters = async (job: RedriveJob): Promise<RedriveResult> => {
  const phase = stopping(job.config.shutdownTimeoutMs, systemClock);
  const hurry = new AbortController();
  job.onStopSignal(() => {
    if (phase.stop.aborted) hurry.abort();
    else job.note('stopping: what is in hand is finished; the next redrive goes on from there');
    phase.begin();
  });
  const source = await openLetterSource(job, true);
  const begunAt = systemClock.wall();
  const run: Run = { job, source, phase, hurry: hurry.signal, begunAt, onUnreadable: unreadableTeller(job.note) };
  const { spooled, unreadable } = await spool(run);
  const delivery = await openOffline({ ...job, purpose: 'redrive', stop: phase.stop });
  try {
    const counts = await drive(run, delivery);
    const { indexed, duplicate, stale, dropped } = delivery.totals;
    return {
      ...counts,
      unreadable: counts.unreadable + unreadable,
      documents: { indexed, duplicate, stale, dropped },
      spooled,
      stopped: phase.stop.aborted,
    };
  } finally {
    await delivery.close();
    await source.close();
  }
};
