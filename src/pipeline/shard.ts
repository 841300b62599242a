import { type SaveObserver, saveWhileRunning } from '../checkpoint/saver.ts';
import { openTracker, type Tracker } from '../checkpoint/tracker.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Ticket } from '../core/delivery.ts';
import type { Work } from '../core/lease.ts';
import type { Log } from '../core/log.ts';
import type { Page } from '../core/page.ts';
import type { Shard } from '../core/shard.ts';
import type { Source } from '../core/source.ts';
import { walkPage } from './page.ts';
import type { PageStages } from './walk.ts';

/** What the status page and the lag metric ask a running shard. */
export interface RunningShard {
  readonly tracker: Tracker;
  checkpointAgeMs(): number;
}

export interface ShardParts {
  readonly source: Source;
  readonly stages: PageStages;
  /** Copies each page to where it is kept for longer, and owes its records that; undefined: nothing is kept. */
  readonly archive?: ((page: Page, shard: string, ticket: Ticket, lost: AbortSignal) => void) | undefined;
  /** Says that more documents are coming, until the returned function is called. */
  readonly expectMore: () => () => void;
  readonly checkpointIntervalMs: number;
  /** Aborts when a stopping worker may wait no longer for what is in hand. */
  readonly drainDeadline: AbortSignal;
  readonly observe: SaveObserver & { running(shardId: string, running: RunningShard | undefined): void };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * One shard from its checkpoint to its end: read, walk each page, wait for what is owed, save, and at its end finish.
 * Whatever the end, nothing of it stays behind: documents and letters under way are dropped, no save is under way.
 */
export const shardWork =
  (parts: ShardParts): Work =>
  async (held, stop, hurry) => {
    const { id } = held.shard;
    const deadline = hurry ? AbortSignal.any([parts.drainDeadline, hurry]) : parts.drainDeadline;
    const tracker = openTracker();
    const ending = new AbortController();
    const end = () => ending.abort();
    held.lost.addEventListener('abort', end, { once: true, signal: ending.signal });
    if (held.lost.aborted) end();
    // Asked several times for each document; a signal of AbortSignal.any asks its sources each time.
    const lost = ending.signal;
    const signals = { lost, halt: AbortSignal.any([lost, deadline]) };
    const saver = saveWhileRunning({ ...parts, tracker, held, intervalMs: parts.checkpointIntervalMs }, ending.signal);
    const running: RunningShard = { tracker, checkpointAgeMs: saver.ageMs };
    parts.observe.running(id, running);
    try {
      let children: readonly Shard[] | undefined;
      for await (const page of parts.source.read(held.shard, held.position, AbortSignal.any([stop, held.lost]))) {
        const settled = parts.expectMore();
        children = page.children;
        const ticket = tracker.open(page);
        parts.archive?.(page, id, ticket, lost);
        await walkPage(parts.stages, id, page, ticket, signals).finally(settled);
      }
      await tracker.idle(AbortSignal.any([held.lost, deadline]));
      if ((await saver.saveNow(deadline)) === 'lost') return 'lost';
      if (!children || !tracker.empty()) return 'stopped';
      return (await held.finish(children)) === 'lost' ? 'lost' : 'finished';
    } finally {
      ending.abort();
      tracker.abandon();
      await saver.ended;
      parts.observe.running(id, undefined);
    }
  };
