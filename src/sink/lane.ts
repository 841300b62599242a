import type { Delivery, Outcome } from '../core/delivery.ts';
import { rejected } from './fates.ts';

/** A request with documents of one sick index alone. */
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
}

/** What the lane's documents are when they are given up. Pure. */
export const givenUp = (lane: Lane, deliveries: readonly Delivery[]): GivenUp => {
  const [reason, message] =
    lane.patienceMs === 0
      ? (['sink-rejected', 'OpenSearch does not let us write into this index'] as const)
      : (['index-unavailable', `the index took nothing for ${Math.round(lane.spentMs / 1000)} s, others did`] as const);
  return { deliveries, outcome: rejected(reason, message, lane.why) };
};

/** Takes the first documents out, up to so many and so large. */
export const takeFrom = (waiting: Delivery[], mostDocuments: number, mostBytes: number): readonly Delivery[] => {
  let count = 0;
  for (let bytes = 0; count < waiting.length && count < mostDocuments; count += 1) {
    bytes += waiting[count]?.bytes ?? 0;
    if (bytes > mostBytes && count > 0) break;
  }
  return waiting.splice(0, count);
};
