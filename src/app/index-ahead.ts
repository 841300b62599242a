import type { Clock, Random } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import { indexSuccession, type NextIndex } from '../sink/index-pattern.ts';
import { type Creation, createIndex } from '../sink/opensearch/create-index.ts';
import type { Worker } from './assemble.ts';

export interface AheadParts {
  /** Which index comes next. */
  readonly next: (timestampMs: number) => NextIndex;
  readonly create: (index: string, signal: AbortSignal) => Promise<Creation>;
  /** How many documents this worker has indexed by now. */
  readonly indexed: () => number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Not sooner, so that a template changed in the evening still holds for tomorrow. */
const LEAD_MS = 15 * 60_000;
/** The latest moment of a worker's own: OpenSearch may need some time, and a failure a second try. */
const LEAST_LEAD_MS = 5 * 60_000;
const LOOK_EVERY_MS = 30_000;
/** Whoever has indexed nothing for this long makes no index: an idle stream would fill the cluster with empty ones. */
const IDLE_MS = 60 * 60_000;

/**
 * Makes the next index ahead of its time, so that its first documents do not all wait at midnight for the cluster to do
 * it. Every worker does so at a moment of its own; the first makes it, the others find it. Failing costs nothing but
 * this: the first bulk request makes the index.
 */
export const makeAhead = async (parts: AheadParts, stop: AbortSignal): Promise<void> => {
  const { next, create, indexed, clock, random, log } = parts;
  const leadMs = LEAST_LEAD_MS + random() * (LEAD_MS - LEAST_LEAD_MS);
  let seen = indexed();
  let busyMs = Number.NEGATIVE_INFINITY;
  let done: string | undefined;
  let failed: string | undefined;
  while (!stop.aborted) {
    await clock.sleep(LOOK_EVERY_MS, stop);
    if (indexed() !== seen) busyMs = clock.now();
    seen = indexed();
    const nowMs = clock.wall().getTime();
    const { index, startsMs } = next(nowMs);
    const due = startsMs - nowMs <= leadMs && index !== done && clock.now() - busyMs < IDLE_MS;
    if (stop.aborted || !due) continue;
    const creation = await create(index, stop);
    if (typeof creation === 'string') {
      log.info({ index, outcome: creation }, 'the next index is made ahead of its time');
      done = index;
    } else if (failed !== index && !stop.aborted) {
      log.warn({ index, why: creation.failed }, 'the next index cannot be made ahead of its time yet; trying again');
      failed = index;
    }
  }
};

/** Makes the indices of a service's pattern ahead of their time until the stop; a pattern without a date has but one. */
export const indicesAhead = async (service: Worker, stop: AbortSignal): Promise<void> => {
  const { config, sink, totals, clock, random, log } = service;
  const next = indexSuccession(config.index);
  if (!next) return;
  const create = (index: string, signal: AbortSignal) => createIndex(sink.client, index, signal);
  await makeAhead({ next, create, indexed: () => totals.indexed, clock, random, log }, stop);
};
