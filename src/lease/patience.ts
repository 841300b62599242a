import type { NewLease } from './store.ts';

/**
 * Leases that are missing from a table which has others are made only when they have been missing for the failover
 * time: a row may have been deleted while somebody works on it, who learns of that with his next write. In an empty
 * table nobody works yet.
 */
export interface Patience {
  /** Takes in what is missing now; those that may be made. */
  due(missing: readonly NewLease[], isNewTable: boolean, nowMs: number): readonly NewLease[];
  /** Milliseconds until the next is due; Infinity without one. */
  dueInMs(nowMs: number): number;
}

export const openPatience = (failoverMs: number): Patience => {
  let dueMs: ReadonlyMap<string, number> = new Map();
  return {
    due: (missing, isNewTable, nowMs) => {
      const firstMs = isNewTable ? nowMs : nowMs + failoverMs + 1;
      dueMs = new Map(missing.map(({ shardId }) => [shardId, dueMs.get(shardId) ?? firstMs]));
      return missing.filter(({ shardId }) => (dueMs.get(shardId) ?? nowMs) <= nowMs);
    },
    dueInMs: (nowMs) => Math.min(...[...dueMs.values()].filter((atMs) => atMs > nowMs).map((atMs) => atMs - nowMs)),
  };
};
