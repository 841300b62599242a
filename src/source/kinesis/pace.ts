/** How often one shard is read. */
export interface PacePolicy {
  /** Between two reads of a shard that is behind: five a second is all Kinesis allows, for all readers together. */
  readonly floorMs: number;
  /** Between two reads at the tip; leaves room for other readers of the stream. */
  readonly idleMs: number;
  /** Between two reads of a shard that has brought nothing for `afterMs`; left out: as at the tip. */
  readonly quiet?: { readonly afterMs: number; readonly everyMs: number };
}

const MAX_STRETCH = 16;
const RELAX = 0.95;

/** Stretches the time between reads while others use up the shard's quota, and lets it relax again. */
export interface Pace {
  intervalMs(caughtUp: boolean): number;
  throttled(): void;
  /** An answer came at this time, with records or without. */
  answered(nowMs: number, hasRecords: boolean): void;
}

export const pace = (policy: PacePolicy): Pace => {
  let stretch = 1;
  let emptySinceMs: number | undefined;
  let isQuiet = false;
  const baseMs = (caughtUp: boolean): number => {
    if (!caughtUp) return policy.floorMs;
    return isQuiet && policy.quiet ? policy.quiet.everyMs : policy.idleMs;
  };
  return {
    intervalMs: (caughtUp) => baseMs(caughtUp) * stretch,
    throttled: () => {
      stretch = Math.min(MAX_STRETCH, stretch * 1.5);
    },
    answered: (nowMs, hasRecords) => {
      stretch = Math.max(1, stretch * RELAX);
      emptySinceMs = hasRecords ? undefined : (emptySinceMs ?? nowMs);
      isQuiet = emptySinceMs !== undefined && nowMs - emptySinceMs >= (policy.quiet?.afterMs ?? Infinity);
    },
  };
};
