import type { Budget, Charge } from '../core/page.ts';

interface Waiter {
  readonly shardId: string;
  readonly bytes: number;
  readonly admit: (charge: Charge) => void;
}

/** The worker's memory budget with what the metrics and the composition need beside the readers' side of it. */
export interface WorkerBudget extends Budget {
  /** Bytes held now, debt included. */
  heldBytes(): number;
  /** Whether the shard's reader waits for room. */
  keepsBack(shardId: string): boolean;
}

/**
 * One byte budget for the worker, shared fairly among the shards it reads. A reader is let in while its shard stays
 * within its share and the worker within the whole. A page larger than the share is let in when its shard holds
 * nothing and the whole still has room for it; when nothing at all is held, any page is let in, or it never would be.
 * Debt (`add`) never waits: it only keeps the next readers out until it is paid.
 */
export const workerBudget = (totalBytes: number, shardsHeld: () => number): WorkerBudget => {
  const heldByShard = new Map<string, number>();
  let held = 0;
  let waiters: Waiter[] = [];

  const share = () => Math.max(1, Math.floor(totalBytes / Math.max(1, shardsHeld())));
  const book = (shardId: string, bytes: number) => {
    held += bytes;
    const mine = (heldByShard.get(shardId) ?? 0) + bytes;
    if (mine <= 0) heldByShard.delete(shardId);
    else heldByShard.set(shardId, mine);
  };
  /** Whether the bytes may be let in now, or what they wait for: their shard's share or the worker's whole. */
  const judge = (shardId: string, bytes: number): 'fits' | 'share' | 'whole' => {
    if (held <= 0) return 'fits';
    const mine = heldByShard.get(shardId) ?? 0;
    if (mine > 0 && mine + bytes > share()) return 'share';
    return held + bytes <= totalBytes ? 'fits' : 'whole';
  };
  /** First come, first served: whoever waits for the whole is not overtaken; whoever waits for its own share is. */
  const letIn = () => {
    let queueStands = false;
    waiters = waiters.filter(({ shardId, bytes, admit }) => {
      const judged = queueStands ? 'whole' : judge(shardId, bytes);
      if (judged === 'whole') queueStands = true;
      if (judged !== 'fits') return true;
      admit(charge(shardId, bytes));
      return false;
    });
  };
  const charge = (shardId: string, bytes: number): Charge => {
    let mine = bytes;
    let released = false;
    book(shardId, bytes);
    return {
      add(more) {
        if (released) return;
        mine += more;
        book(shardId, more);
        if (more < 0) letIn();
      },
      release() {
        if (released) return;
        released = true;
        book(shardId, -mine);
        letIn();
      },
    };
  };

  return {
    share,
    heldBytes: () => held,
    keepsBack: (shardId) => waiters.some((waiter) => waiter.shardId === shardId),
    reserve: (shardId, bytes, signal) => {
      if (signal.aborted) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        const leave = () => {
          waiters = waiters.filter((other) => other !== waiter);
          resolve(undefined);
          // It may have stood before others that fit.
          letIn();
        };
        const admit = (granted: Charge) => {
          signal.removeEventListener('abort', leave);
          resolve(granted);
        };
        const waiter: Waiter = { shardId, bytes, admit };
        signal.addEventListener('abort', leave, { once: true });
        waiters.push(waiter);
        letIn();
      });
    },
  };
};
