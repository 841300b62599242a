import { type LetterTarget, parseLetterTarget, TARGETS } from '../config/letter-target.ts';
import type { Config } from '../config/tree.ts';
import { systemClock, systemRandom } from '../core/clock.ts';
import { ShardlineError } from '../core/errors.ts';
import type { EarlierFailure } from '../core/letter.ts';
import type { Log } from '../core/log.ts';
import { bucketBodies } from '../dead-letter/bodies.ts';
import type { Bucket } from '../dead-letter/bucket.ts';
import type { Patience } from '../dead-letter/patience.ts';
import type { LetterPlace } from '../dead-letter/place.ts';
import { Redrive, type Redriven, type WholeLetter } from '../dead-letter/redrive.ts';
import type { Selection } from '../dead-letter/select.ts';
import { streamName } from '../source/kinesis/stream.ts';
import { openBucket, openLetterPlace } from './letter-places.ts';
import { type OfflineDelivery, openOffline } from './offline.ts';
import { stopping } from './stopping.ts';

/** Which letters a redrive takes; what is left out does not narrow it. */
export interface RedriveFilter {
  readonly reason?: string | undefined;
  readonly shard?: string | undefined;
  readonly index?: string | undefined;
  /** Arrival of the records, epoch milliseconds; the second one exclusive. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

export interface RedriveJob {
  readonly config: Config;
  /** A target as `dead_letter.to` names it; left out: that one. */
  readonly from?: string | undefined;
  readonly filter: RedriveFilter;
  readonly rate?: number | undefined;
  readonly version: string;
  readonly cwd: string;
  readonly pid: number;
  readonly log: Log;
  /** For a person: what it waits for, what cannot be read. */
  readonly note: (text: string) => void;
  readonly onProgress: (counts: Readonly<Redriven>) => void;
  /** Calls back at each request to stop: the first finishes what is in hand, the second ends at once. */
  readonly onStopSignal: (callback: () => void) => void;
}

const TICK_MS = 1_000;
const UNREADABLE_TOLD = 20;

/** The target to read from. */
const letterSource = (from: string | undefined, config: Config): LetterTarget => {
  if (from === undefined) return config.deadLetter.to;
  const target = parseLetterTarget(from);
  if (target) return target;
  throw new ShardlineError('SHARDLINE_USAGE', `${from} is no target of dead letters; expected ${TARGETS}`);
};

const selectionOf = (config: Config, { sinceMs, untilMs, ...filter }: RedriveFilter): Selection => ({
  ...filter,
  application: config.application,
  stream: streamName(config.stream),
  sinceMs: sinceMs ?? Number.NEGATIVE_INFINITY,
  untilMs: untilMs ?? Number.POSITIVE_INFINITY,
});

/** Tells a person of trouble, once until it changes. */
const teller = (note: (text: string) => void) => {
  let told: string | undefined;
  return (why: string | undefined) => {
    if (why !== undefined && why !== told) note(`waiting: ${why}`);
    told = why;
  };
};

/** Opens each bucket once. */
const bucketsOf = (patience: Patience) => {
  const buckets = new Map<string, Promise<Bucket>>();
  return {
    open: (name: string) => {
      const bucket = buckets.get(name) ?? openBucket(name, patience);
      buckets.set(name, bucket);
      return bucket;
    },
    close: async () => {
      for (const bucket of await Promise.all(buckets.values())) bucket.close();
    },
  };
};

const offlineRecord = (letter: WholeLetter, history: readonly EarlierFailure[]) => ({
  shard: letter.shard,
  subSequenceNumber: letter.subSequenceNumber,
  record: {
    data: letter.raw,
    sequenceNumber: letter.sequenceNumber,
    arrivedMs: letter.arrivedMs,
    partitionKey: letter.partitionKey,
  },
  history,
});

interface Opened {
  readonly place: LetterPlace;
  readonly delivery: OfflineDelivery;
  readonly patience: Patience;
  readonly phase: ReturnType<typeof stopping>;
  readonly hurry: AbortSignal;
}

/** Reads, delivers and removes; meanwhile tells how it gets on. */
const drive = async (job: RedriveJob, { place, delivery, patience, phase, hurry }: Opened): Promise<Redriven> => {
  const { config, note } = job;
  const buckets = bucketsOf(patience);
  let unreadable = 0;
  const redrive = new Redrive({
    place,
    bodies: bucketBodies(buckets.open),
    selection: selectionOf(config, job.filter),
    begunAt: systemClock.wall().toISOString(),
    deliver: (letter, history, onSettled) => delivery.deliver(offlineRecord(letter, history), onSettled),
    idle: (signal) => delivery.idle(signal),
    rate: job.rate,
    onUnreadable: (where, why) => {
      unreadable += 1;
      if (unreadable <= UNREADABLE_TOLD) note(`${where} cannot be read: ${why}`);
    },
    clock: systemClock,
    stop: phase.stop,
    deadline: AbortSignal.any([phase.drainDeadline, hurry]),
    end: AbortSignal.any([phase.exitDeadline, hurry]),
  });
  const over = new AbortController();
  const tell = teller(note);
  const watching = (async () => {
    while (!over.signal.aborted) {
      await systemClock.sleep(TICK_MS, over.signal);
      tell(delivery.trouble());
      job.onProgress(redrive.counts);
    }
  })();
  try {
    await redrive.run();
  } finally {
    over.abort();
    await watching;
    await buckets.close();
  }
  return redrive.counts;
};

/** What became of a redrive. */
export interface RedriveResult extends Redriven {
  readonly documents: { readonly indexed: number; readonly duplicate: number };
  /** Whether it was stopped before the end. */
  readonly stopped: boolean;
}

/**
 * Takes dead letters through today's transform into the index, and removes those that are there now or became letters
 * again. Rejects where the place or the configuration cannot be used.
 */
export const redriveLetters = async (job: RedriveJob): Promise<RedriveResult> => {
  const { config, note } = job;
  const phase = stopping(config.shutdownTimeoutMs, systemClock);
  const hurry = new AbortController();
  job.onStopSignal(() => {
    if (phase.stop.aborted) hurry.abort();
    else note('stopping: what is in hand is finished; the next redrive goes on from there');
    phase.begin();
  });
  const patience: Patience = { clock: systemClock, random: systemRandom, onTrouble: teller(note) };
  const from = letterSource(job.from, config);
  const { readFrom } = config.deadLetter;
  const place = await openLetterPlace(from, {
    patience,
    random: systemRandom,
    clock: systemClock,
    take: true,
    readFrom,
  });
  const delivery = await openOffline({ ...job, purpose: 'redrive', stop: phase.stop });
  try {
    const counts = await drive(job, { place, delivery, patience, phase, hurry: hurry.signal });
    const { indexed, duplicate } = delivery.totals;
    return { ...counts, documents: { indexed, duplicate }, stopped: phase.stop.aborted };
  } finally {
    await delivery.close();
    place.close();
  }
};
