import type { KnownLeases } from './shard-sync.ts';
import type { Checkpoint, LeaseListing, LeaseRow } from './store.ts';

/** Remembers leases, so that one whose row somebody deletes, or whose whole table, is made again where it stood. */
export interface Vanished {
  /** Takes in a look at the table; true when, since the last one, a lease has vanished or a row was mended. */
  see(listing: LeaseListing, nowMs: number): boolean;
  /** Leases that are gone, to be left alone by all who would make them anew. Those not needed any more are forgotten. */
  gone(isNeeded: (row: LeaseRow, standing: KnownLeases) => boolean): readonly (readonly [string, Checkpoint])[];
  /** Those whose holders, whoever they were, have given up by now. */
  due(nowMs: number): readonly LeaseRow[];
  /** Milliseconds until the next is due; Infinity without one. */
  dueInMs(nowMs: number): number;
}

export const openVanished = (failoverMs: number): Vanished => {
  /** Keys of rows that could not be read at the last look. */
  let unreadable: ReadonlySet<string> = new Set();
  let lastMs: number | undefined;
  const known = new Map<string, { readonly row: LeaseRow; readonly goneMs: number | undefined }>();
  const gone = () => [...known.values()].flatMap(({ row, goneMs }) => (goneMs === undefined ? [] : [{ row, goneMs }]));
  return {
    see: ({ rows, malformed }, nowMs) => {
      for (const row of rows) known.set(row.shardId, { row, goneMs: undefined });
      const broken = new Set(malformed.map(({ key }) => key));
      const there = new Set([...rows.map(({ shardId }) => shardId), ...broken]);
      // What happened in a long pause nobody knows: the lease may have been made, taken and deleted once more.
      const looking = lastMs !== undefined && nowMs - lastMs <= failoverMs;
      lastMs = nowMs;
      let news = [...unreadable].some((key) => !broken.has(key));
      unreadable = broken;
      for (const [shardId, { row, goneMs }] of known) {
        const isGone = !there.has(shardId);
        if (isGone && goneMs !== undefined && looking) continue;
        known.set(shardId, { row, goneMs: isGone ? nowMs : undefined });
        news ||= isGone;
      }
      return news;
    },
    gone: (isNeeded) => {
      const standing = new Map([...known].map(([shardId, { row }]) => [shardId, row.checkpoint]));
      for (const { row } of gone()) if (!isNeeded(row, standing)) known.delete(row.shardId);
      return gone().map(({ row }) => [row.shardId, row.checkpoint] as const);
    },
    due: (nowMs) => gone().flatMap(({ row, goneMs }) => (nowMs - goneMs > failoverMs ? [row] : [])),
    dueInMs: (nowMs) => Math.min(...gone().map(({ goneMs }) => goneMs + failoverMs + 1 - nowMs)),
  };
};
