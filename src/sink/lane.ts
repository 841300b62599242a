import type { BackoffPolicy } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Delivery, Outcome } from '../core/delivery.ts';
import type { Log } from '../core/log.ts';
import type { BulkLimits } from './bulk-queue.ts';
import { rejected } from './fates.ts';

/**
 * In place of an index: documents that were refused alone as too much at once (429) while others were taken. No index has
 * no name.
 */
export const LARGE = '';

export interface LaneOptions {
  /** How large a request may be now. */
  readonly limits: () => BulkLimits;
  /** So long an index may take nothing while others do, milliseconds; then its documents are given up. */
  readonly retryForMs: number;
  readonly backoff: BackoffPolicy;
  readonly observe: {
    /** So many indices take no documents now. */
    sickIndices(count: number): void;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Between two looks at a sick index lies no more than that, unless all of OpenSearch was away, milliseconds. */
const LONGEST_STEP_MS = 60_000;

/** A request with documents of one sick index alone, or with one that is large. */
export interface Probe {
  readonly index: string;
  readonly batch: readonly Delivery[];
  /** Whether others were taken since the index was last found sick. */
  readonly wereOthersTaken: boolean;
  /** Whether the index took or judged any of it. */
  isTaken: boolean;
  /** Those that met the sickness again. */
  readonly refused: Delivery[];
}

/** Documents that are given up, and why. */
export interface GivenUp {
  readonly deliveries: readonly Delivery[];
  readonly outcome: Outcome;
}

/** The lane of a document: what is the matter with a pipeline must not delay who does not pass through it. */
export const laneOf = ({ index, special }: Delivery): string =>
  special?.pipeline === undefined ? index : `${index} through pipeline ${special.pipeline}`;

/** What waits for one sick index. */
export interface Lane {
  /** The index, with the pipeline where there is one. */
  readonly index: string;
  readonly since: Date;
  why: string;
  patienceMs: number;
  waiting: Delivery[];
  probe: Probe | undefined;
  /** Probes in a row that took nothing. */
  failures: number;
  dueMs: number;
  /** When it was last found sick, and the number of the latest request sent by then. */
  checkedMs: number;
  checkedAt: number;
  /** Nothing else was taken between the last two times when it was found sick. */
  isAlone: boolean;
  /** How long it took nothing while others did. */
  spentMs: number;
  /** Of large documents: the largest request of others that was taken since the last look, and from which size on they are given up. */
  othersBytes: number;
  hopelessBytes: number;
}

/** What the lane's documents are when they are given up. Pure. */
export const givenUp = (lane: Lane, deliveries: readonly Delivery[]): GivenUp => {
  const seconds = Math.round(lane.spentMs / 1000);
  const [reason, message] =
    lane.index === LARGE
      ? ([
          'sink-too-large',
          `the document alone was too much at once for ${seconds} s, smaller requests were not`,
        ] as const)
      : lane.patienceMs === 0
        ? (['sink-rejected', 'OpenSearch does not let us write into this index'] as const)
        : (['index-unavailable', `the index took nothing for ${seconds} s, others did`] as const);
  return { deliveries, outcome: rejected(reason, message, lane.why) };
};

/** What the lane waits for, for people. */
export const illness = ({ index, why }: Lane): string =>
  index === LARGE ? `documents that alone are too much at once: ${why}` : `index ${index}: ${why}`;

/** Takes the first documents out, up to so many and so large. */
export const takeFrom = (waiting: Delivery[], mostDocuments: number, mostBytes: number): readonly Delivery[] => {
  let count = 0;
  for (let bytes = 0; count < waiting.length && count < mostDocuments; count += 1) {
    bytes += waiting[count]?.bytes ?? 0;
    if (bytes > mostBytes && count > 0) break;
  }
  return waiting.splice(0, count);
};

export const sumBytes = (batch: readonly Delivery[]): number => batch.reduce((sum, { bytes }) => sum + bytes, 0);

/** The probe was refused when so many requests had been sent: how long others have been better off, and whether that is long enough. */
export const isHopeless = (lane: Lane, probe: Probe, nowMs: number, sent: number): boolean => {
  const bytes = sumBytes(probe.batch);
  // Where something as large was taken, it is not the size.
  const wasLuck = lane.index === LARGE && lane.othersBytes >= bytes;
  if (wasLuck) lane.spentMs = 0;
  else if (probe.wereOthersTaken) lane.spentMs += Math.min(nowMs - lane.checkedMs, LONGEST_STEP_MS);
  lane.isAlone = !probe.wereOthersTaken;
  lane.checkedMs = nowMs;
  lane.checkedAt = sent;
  lane.othersBytes = 0;
  return probe.wereOthersTaken && !wasLuck && (lane.spentMs >= lane.patienceMs || bytes >= lane.hopelessBytes);
};

/** The next document is given its own time, unless it is no smaller. */
export const giveUpFrom = (lane: Lane, bytes: number): void => {
  lane.spentMs = 0;
  lane.hopelessBytes = Math.min(lane.hopelessBytes, bytes);
};
