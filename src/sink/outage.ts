import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Log } from '../core/log.ts';

/** Why nothing gets through, since when. */
export interface Trouble {
  readonly why: string;
  readonly since: Date;
}

/** A request of this share of the full size is as small as it gets: about one document. */
const LEAST_SCALE = 1 / 4096;
const SCALE_STEP = 1 / 64;

/** A sink may ask for a pause, but not for one that nobody would live to see. */
const LONGEST_ASKED_MS = 60_000;

export interface OutageOptions {
  readonly backoff: BackoffPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Whole requests that fail: how long to pause, how many may probe meanwhile, and when it is over. */
export interface Outage {
  /** One more request failed; returns the time before which nothing is sent. `isBusy`: it may have been too much. */
  failed(why: string, askedMs: number | undefined, isBusy?: boolean): number;
  /** A request was answered: the sink is there. */
  over(): void;
  pausedUntilMs(): number;
  /** While whole requests fail, a single one at a time probes the sink. */
  slots(most: number): number;
  /** The share of their full size that requests have now: halved by each that was too much, growing slowly again. */
  scale(): number;
  trouble(): Trouble | undefined;
}

export const openOutage = ({ backoff, clock, random, log }: OutageOptions): Outage => {
  let failures = 0;
  let scale = 1;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let trouble: Trouble | undefined;
  return {
    failed(why, askedMs = 0, isBusy = false) {
      if (isBusy) scale = Math.max(LEAST_SCALE, scale / 2);
      const pauseMs = Math.max(Math.min(askedMs, LONGEST_ASKED_MS), backoffMs(failures, backoff, random));
      if (failures === 0) log.warn({ why, pause_ms: Math.round(pauseMs) }, 'bulk requests fail; trying again');
      failures += 1;
      trouble = { why, since: trouble?.since ?? clock.wall() };
      pausedUntilMs = Math.max(pausedUntilMs, clock.now() + pauseMs);
      return pausedUntilMs;
    },
    over() {
      scale = Math.min(1, scale + SCALE_STEP);
      if (trouble) log.info({ since: trouble.since }, 'bulk requests get through again');
      trouble = undefined;
      failures = 0;
      pausedUntilMs = Number.NEGATIVE_INFINITY;
    },
    scale: () => scale,
    pausedUntilMs: () => pausedUntilMs,
    slots: (most) => (failures > 0 ? 1 : most),
    trouble: () => trouble,
  };
};
