import type { Budget, Charge } from '../../src/core/page.ts';

export interface OpenBudget extends Budget {
  /** Bytes held now. */
  held(): number;
  /** Bytes of each reservation, in order. */
  readonly reserved: readonly number[];
}

/** A budget that admits everybody at once and keeps the books. */
export const openBudget = (shareBytes = 64 * 1_048_576): OpenBudget => {
  let held = 0;
  const reserved: number[] = [];
  const charge = (bytes: number): Charge => {
    let mine = bytes;
    held += bytes;
    return {
      add(more) {
        mine += more;
        held += more;
      },
      release() {
        held -= mine;
        mine = 0;
      },
    };
  };
  return {
    share: () => shareBytes,
    held: () => held,
    reserved,
    reserve: async (_shardId, bytes, signal) => {
      if (signal.aborted) return undefined;
      reserved.push(bytes);
      return charge(bytes);
    },
  };
};

/** A budget that admits nobody: a worker whose memory is full. */
export const fullBudget: Budget = {
  share: () => 1_048_576,
  reserve: (_shardId, _bytes, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    }),
};
