import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import { describe } from '../core/errors.ts';
import type { HeldLease, Saved } from '../core/lease.ts';
import type { Log } from '../core/log.ts';
import { comparePositions, type Position } from '../core/position.ts';
import type { Tracker } from './tracker.ts';

/** What the saver tells the metrics. */
export interface SaveObserver {
  saved(shardId: string): void;
  failed(shardId: string): void;
}

export interface SaverOptions {
  readonly tracker: Tracker;
  readonly held: HeldLease;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: SaveObserver;
  readonly log: Log;
}

/** Saves one shard's watermark while its work runs. */
export interface Saver {
  /** Resolves when the regular saving has ended: its signal aborted or the lease is lost. Never rejects. */
  readonly ended: Promise<void>;
  /** Saves what the watermark is now, trying until it is saved, the lease is lost or the deadline aborts. */
  saveNow(deadline: AbortSignal): Promise<Saved | 'unsaved'>;
  /** Milliseconds since everything settled was last known to be saved; 0 while nothing waits for it. */
  ageMs(): number;
}

const RETRY: BackoffPolicy = { firstMs: 200, maxMs: 5_000 };

/** Saves the watermark every interval in which it moved, until the signal aborts; an unchanged one costs nothing. */
export const saveWhileRunning = (options: SaverOptions, signal: AbortSignal): Saver => {
  const { tracker, held, intervalMs, clock, random, observe, log } = options;
  let saved: Position = held.position;
  let cleanAtMs = clock.now();

  const unsaved = (): Position | undefined => {
    const watermark = tracker.watermark();
    // The lease may stand further on: a save of earlier work whose answer was lost can still turn out to have arrived.
    const done = comparePositions(held.position, saved) > 0 ? held.position : saved;
    return watermark && comparePositions(watermark, done) > 0 ? watermark : undefined;
  };
  const clean = (): boolean => tracker.empty() && !unsaved();

  const saveOnce = async (): Promise<Saved | 'failed'> => {
    if (held.lost.aborted) return 'lost';
    const position = unsaved();
    const startedMs = clock.now();
    if (!position) {
      if (tracker.empty()) cleanAtMs = startedMs;
      return 'saved';
    }
    try {
      const result = await held.save(position);
      if (result === 'lost') return result;
      if (comparePositions(position, saved) > 0) saved = position;
      cleanAtMs = startedMs;
      observe.saved(held.shard.id);
      return result;
    } catch (thrown) {
      observe.failed(held.shard.id);
      log.warn({ shard: held.shard.id, error: describe(thrown) }, 'the checkpoint could not be saved, trying again');
      return 'failed';
    }
  };

  const untilSaved = async (until: AbortSignal): Promise<Saved | 'unsaved'> => {
    for (let attempt = 0; ; attempt += 1) {
      const result = await saveOnce();
      if (result !== 'failed') return result;
      if (until.aborted) return 'unsaved';
      await clock.sleep(backoffMs(attempt, RETRY, random), AbortSignal.any([until, held.lost]));
      if (until.aborted) return 'unsaved';
    }
  };

  const run = async (): Promise<void> => {
    const over = AbortSignal.any([signal, held.lost]);
    while (!over.aborted) {
      await clock.sleep(intervalMs, over);
      if (over.aborted) return;
      if ((await untilSaved(over)) === 'lost') return;
    }
  };

  return { ended: run(), saveNow: untilSaved, ageMs: () => (clean() ? 0 : clock.now() - cleanAtMs) };
};
