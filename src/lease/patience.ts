/**
 * What may look wrong for a moment is acted upon only when it has been so for the failover time: a row that is missing
 * may have been deleted while somebody works on the lease, who learns of that with his next write.
 */
export interface Patience {
  /** Takes in what looks wrong now; of that, what has been so for long enough, or from the first in a hurry. */
  due<T extends { readonly shardId: string }>(wrong: readonly T[], nowMs: number, inHurry?: boolean): readonly T[];
  /** Milliseconds until the next is due; Infinity without one. */
  dueInMs(nowMs: number): number;
}

export const openPatience = (failoverMs: number): Patience => {
  let dueMs: ReadonlyMap<string, number> = new Map();
  return {
    due: (wrong, nowMs, inHurry = false) => {
      const firstMs = inHurry ? nowMs : nowMs + failoverMs + 1;
      dueMs = new Map(wrong.map(({ shardId }) => [shardId, dueMs.get(shardId) ?? firstMs]));
      return wrong.filter(({ shardId }) => (dueMs.get(shardId) ?? nowMs) <= nowMs);
    },
    dueInMs: (nowMs) => Math.min(...[...dueMs.values()].filter((atMs) => atMs > nowMs).map((atMs) => atMs - nowMs)),
  };
};
