import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Log } from '../core/log.ts';

/** Why nothing gets through, since when. */
export interface Trouble {
  readonly why: string;
  readonly since: Date;
}

/** A sink may ask for a pause, but not for one that nobody would live to see. */
const LONGEST_ASKED_MS = 60_000;
/** All who were asked for the same pause would come back at the same moment: each waits up to so much longer. */
const ASKED_JITTER = 0.25;

export interface OutageOptions {
  readonly backoff: BackoffPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A request that failed as a whole. */
export interface WholeFailure {
  readonly why: string;
  readonly sentMs: number;
  /** So long the sink asked us to wait. */
  readonly askedMs?: number | undefined;
  /** It is no use to ask again sooner. */
  readonly leastMs?: number | undefined;
  /** It was too much at once, and the next one will be smaller: that is worth asking soon. */
  readonly isShrinking?: boolean;
}

/** Whole requests that fail: how long to pause, how many may probe meanwhile, and when it is over. */
export interface Outage {
  /** One more request failed; returns the time before which nothing is sent. */
  failed(failure: WholeFailure): number;
  /** A request was answered: the sink is there. That ends the pause, but not one that the sink has asked for. */
  over(): void;
  pausedUntilMs(): number;
  /** While whole requests fail, a single one at a time probes the sink. */
  trouble(): Trouble | undefined;
}

export const openOutage = ({ backoff, clock, random, log }: OutageOptions): Outage => {
  let failures = 0;
  let failedMs = Number.NEGATIVE_INFINITY;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let askedUntilMs = Number.NEGATIVE_INFINITY;
  let trouble: Trouble | undefined;
  return {
    failed({ why, sentMs, askedMs = 0, leastMs = 0, isShrinking = false }) {
      const nowMs = clock.now();
      const pauseMs = Math.max(leastMs, backoffMs(isShrinking ? 0 : failures, backoff, random));
      if (!trouble)
        log.warn({ why, pause_ms: Math.round(Math.max(pauseMs, askedMs)) }, 'bulk requests fail; trying again');
      // Those under way beside the first that failed tell of the same failure.
      if (sentMs >= failedMs && !isShrinking) failures += 1;
      failures = Math.max(1, failures);
      failedMs = nowMs;
      trouble = { why, since: trouble?.since ?? clock.wall() };
      pausedUntilMs = Math.max(pausedUntilMs, nowMs + pauseMs);
      const jitter = 1 + ASKED_JITTER * random();
      if (askedMs > 0) askedUntilMs = Math.max(askedUntilMs, nowMs + Math.min(askedMs, LONGEST_ASKED_MS) * jitter);
      return Math.max(pausedUntilMs, askedUntilMs);
    },
    over() {
      if (clock.now() < askedUntilMs) return;
      if (trouble) log.info({ since: trouble.since }, 'bulk requests get through again');
      trouble = undefined;
      failures = 0;
      pausedUntilMs = Number.NEGATIVE_INFINITY;
    },
    pausedUntilMs: () => Math.max(pausedUntilMs, askedUntilMs),
    trouble: () => trouble,
  };
};
