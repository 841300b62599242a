import { describe } from '../core/errors.ts';
import type { Coordination } from './coordination.ts';
import { showEveryMs } from './sharing.ts';
import type { WorkerRow } from './store.ts';

/** The row by which the others know that this worker is there to work. */
export interface Presence {
  /** Shows the worker again when it is time to. */
  show(): Promise<void>;
  /**
   * Takes the row away, so that nobody gives this worker anything more, and lets go of what was given to it and not
   * yet begun. Never rejects: what is left behind expires.
   */
  leave(held: ReadonlyMap<string, unknown>): Promise<void>;
}

export const openPresence = ({ store, workerId, failoverMs, clock, writeId, log, talk }: Coordination): Presence => {
  let shown: WorkerRow | undefined;
  let dueMs = Number.NEGATIVE_INFINITY;
  return {
    show: async () => {
      const nowMs = clock.now();
      if (nowMs < dueMs) return;
      // Before the answer: a showing whose answer is lost may have arrived.
      shown = { workerId, beat: writeId(), tells: talk?.tell() };
      await store.show(shown);
      dueMs = nowMs + showEveryMs(failoverMs);
    },
    leave: async (held) => {
      if (!shown) return;
      try {
        await store.hide(shown);
        const { rows } = await store.list(new AbortController().signal);
        const given = rows.filter(({ shardId, owner }) => owner === workerId && !held.has(shardId));
        for (const { shardId, counter } of given) await store.release({ shardId, owner: workerId, counter }, writeId());
      } catch (thrown) {
        log.warn({ error: describe(thrown) }, 'this worker could not take leave of the table; what is left expires');
      }
    },
  };
};
