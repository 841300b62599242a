import type { Checkpoint, LeaseListing, LeaseRow } from './store.ts';

/** Remembers leases, so that one whose row somebody deletes, or whose whole table, is made again where it stood. */
export interface Vanished {
  /** Takes in a look at the table; true when a lease has vanished since the last one. */
  see(listing: LeaseListing, nowMs: number): boolean;
  /** Leases that are gone, to be left alone by all who would make them anew; of shards no longer listed none is. */
  gone(listed: ReadonlySet<string>): readonly (readonly [string, Checkpoint])[];
  /** Those whose holders, whoever they were, have given up by now. */
  due(nowMs: number): readonly LeaseRow[];
  /** Milliseconds until the next is due; Infinity without one. */
  dueInMs(nowMs: number): number;
}

export const openVanished = (failoverMs: number): Vanished => {
  const known = new Map<string, { readonly row: LeaseRow; readonly goneMs: number | undefined }>();
  const gone = () => [...known.values()].flatMap(({ row, goneMs }) => (goneMs === undefined ? [] : [{ row, goneMs }]));
  return {
    see: ({ rows, malformed }, nowMs) => {
      const there = new Set([...rows.map(({ shardId }) => shardId), ...malformed.map(({ key }) => key)]);
      for (const row of rows) known.set(row.shardId, { row, goneMs: undefined });
      let news = false;
      for (const [shardId, { row, goneMs }] of known) {
        if (there.has(shardId) || goneMs !== undefined) continue;
        known.set(shardId, { row, goneMs: nowMs });
        news = true;
      }
      return news;
    },
    gone: (listed) => {
      for (const { row } of gone()) if (!listed.has(row.shardId)) known.delete(row.shardId);
      return gone().map(({ row }) => [row.shardId, row.checkpoint] as const);
    },
    due: (nowMs) => gone().flatMap(({ row, goneMs }) => (nowMs - goneMs > failoverMs ? [row] : [])),
    dueInMs: (nowMs) => Math.min(...gone().map(({ goneMs }) => goneMs + failoverMs + 1 - nowMs)),
  };
};
