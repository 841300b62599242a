import type { LeaseRow } from './store.ts';

/** A row and since when, by our own monotonic clock, it has been seen unchanged. */
export interface Sighting<Row> {
  readonly row: Row;
  readonly sinceMs: number;
  /** Whether it came or changed while we were looking: what was there at our first look may be long dead. */
  readonly moved: boolean;
}

export interface SightingOptions<Row> {
  readonly keyOf: (row: Row) => string;
  readonly unchanged: (a: Row, b: Row) => boolean;
  /** After a longer pause, of the process or of the table, all is as seen for the first time: nobody could show life. */
  readonly longestPauseMs: number;
}

/** Remembers when each row's sign of life was first seen; of rows that are gone it remembers nothing. */
export const openSightings = <Row>({ keyOf, unchanged, longestPauseMs }: SightingOptions<Row>) => {
  let seen: ReadonlyMap<string, Sighting<Row>> = new Map();
  let lastMs: number | undefined;
  return {
    /** Takes in the rows of a scan that had ended by `nowMs`. */
    see: (rows: readonly Row[], nowMs: number): readonly Sighting<Row>[] => {
      const looking = lastMs !== undefined && nowMs - lastMs <= longestPauseMs;
      const next = new Map<string, Sighting<Row>>();
      for (const row of rows) {
        const before = seen.get(keyOf(row));
        const same = before !== undefined && unchanged(before.row, row);
        const moved = same ? looking && before.moved : looking || before !== undefined;
        next.set(keyOf(row), { row, sinceMs: same && looking ? before.sinceMs : nowMs, moved });
      }
      seen = next;
      lastMs = nowMs;
      return [...next.values()];
    },
  };
};

/** Sightings of leases. */
export const leaseSightings = (longestPauseMs: number) =>
  openSightings<LeaseRow>({
    keyOf: ({ shardId }) => shardId,
    // The KCL's graceful hand-off names a new owner without touching the counter, so the owners count as well.
    unchanged: (a, b) => a.counter === b.counter && a.owner === b.owner && a.checkpointOwner === b.checkpointOwner,
    longestPauseMs,
  });
