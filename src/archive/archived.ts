import type { Records } from '../core/page.ts';

/** A record on its way into the archive: the one at `at` of its page. */
export interface Archived {
  readonly shard: string;
  readonly records: Records;
  readonly at: number;
  /** Of its data. */
  readonly bytes: number;
}

/** Whose archive it is: both stand in every line. */
export interface Origin {
  readonly application: string;
  readonly stream: string;
}

/** A line holds so much of a record, in base64 and with all that stands beside it below Firehose's 1,000,000 bytes. */
const PART_BYTES = 700_000;
export const SCHEMA = 1;

/**
 * The record's lines: one, or several for one that is too large for a line. A reader puts parts together by the record's
 * place, and leaves out what it has seen already: lines are at least once. Pure.
 */
export const linesOf = ({ application, stream }: Origin, { shard, records, at }: Archived): readonly string[] => {
  const record = records.at(at);
  if (!record) throw new Error(`record ${at} of ${records.length}`);
  const { data, sequenceNumber, arrivedMs, partitionKey } = record;
  const parts = Math.max(1, Math.ceil(data.byteLength / PART_BYTES));
  const head = {
    schema: SCHEMA,
    application,
    stream,
    shard,
    sequence_number: sequenceNumber,
    ...(partitionKey === undefined ? {} : { partition_key: partitionKey }),
    arrived_at: new Date(arrivedMs).toISOString(),
  };
  return Array.from({ length: parts }, (_, part) => {
    const bytes = data.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    return JSON.stringify({ ...head, ...(parts === 1 ? {} : { part: part + 1, parts }), raw });
  });
};
