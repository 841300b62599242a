const KIB = 1024;
const MIB = KIB * KIB;
/** What a record costs beside its data: its sequence number and partition key, and its object while it is looked at. */
const RECORD_OVERHEAD_BYTES = 200;
/** Largest record of a stream by default; what the first read expects, as it knows nothing yet. */
const LARGEST_RECORD_BYTES = MIB;
/**
 * Five reads a second of this are more than twice what a shard gives (2 MiB/s). Larger answers only cost memory and hold
 * up the event loop, and one of 10 MiB blocks its shard for five seconds (API reference of GetRecords).
 */
const MAX_PAGE_BYTES = MIB;
const MIN_PAGE_BYTES = 64 * KIB;
const MAX_RECORDS = 10_000;
/** A page may be this much larger than the recent ones. */
const GROWTH = 8;

/** What to ask for: memory to reserve, and how many records fit into it. */
export interface Ask {
  readonly reserveBytes: number;
  readonly limit: number;
}

/** Bytes of memory that records are charged with. */
export const chargedBytes = (records: number, dataBytes: number): number => dataBytes + records * RECORD_OVERHEAD_BYTES;

/** Learns from a shard's pages how much the next one may bring. */
export interface PageSize {
  next(shareBytes: number): Ask;
  learn(records: number, chargedBytes: number): void;
}

export const pageSize = (): PageSize => {
  let recordBytes: number | undefined;
  let recentBytes: number | undefined;
  return {
    next(shareBytes) {
      const ceiling = Math.max(1, Math.min(MAX_PAGE_BYTES, shareBytes));
      const reserveBytes = Math.min(
        ceiling,
        Math.max(MIN_PAGE_BYTES, Math.ceil((recentBytes ?? MAX_PAGE_BYTES) * GROWTH)),
      );
      const expected = recordBytes ?? LARGEST_RECORD_BYTES + RECORD_OVERHEAD_BYTES;
      const limit = Math.min(MAX_RECORDS, Math.max(1, Math.floor(reserveBytes / expected)));
      return { reserveBytes, limit };
    },
    learn(records, bytes) {
      if (records === 0) return;
      const average = bytes / records;
      recordBytes = Math.max(average, 0.75 * (recordBytes ?? average) + 0.25 * average);
      recentBytes = Math.max(bytes, (recentBytes ?? 0) / GROWTH);
    },
  };
};
