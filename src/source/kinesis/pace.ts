/** How often one shard is read. */
export interface PacePolicy {
  /** Between two reads of a shard that is behind: five a second is all Kinesis allows, for all readers together. */
  readonly floorMs: number;
  /** Between two reads at the tip; leaves room for other readers of the stream. */
  readonly idleMs: number;
}

const MAX_STRETCH = 16;
const RELAX = 0.95;

/** Stretches the time between reads while others use up the shard's quota, and lets it relax again. */
export interface Pace {
  intervalMs(caughtUp: boolean): number;
  throttled(): void;
  answered(): void;
}

export const pace = (policy: PacePolicy): Pace => {
  let stretch = 1;
  return {
    intervalMs: (caughtUp) => (caughtUp ? policy.idleMs : policy.floorMs) * stretch,
    throttled: () => {
      stretch = Math.min(MAX_STRETCH, stretch * 1.5);
    },
    answered: () => {
      stretch = Math.max(1, stretch * RELAX);
    },
  };
};
