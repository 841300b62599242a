import type { DeadLetter } from '../core/letter.ts';

/** Grows when a field changes its meaning or goes; new fields do not change it. */
const SCHEMA_VERSION = 1;

/** One id a failure: the same record failing the same way twice writes the same id, so counts can be de-duplicated. */
export const letterId = (letter: DeadLetter): string =>
  [letter.stream, letter.shard, letter.sequenceNumber, letter.subSequenceNumber, letter.ordinal, letter.reason].join(
    '/',
  );

/**
 * The envelope of every class of failure, as one line of JSON without its newline. `raw` is the record's data in
 * standard base64. Documented in docs/dead-letters.md.
 */
export const envelope = (letter: DeadLetter, application: string, writtenAt: Date): string => {
  const head = JSON.stringify({
    schema: SCHEMA_VERSION,
    letter_id: letterId(letter),
    reason: letter.reason,
    message: letter.message,
    application,
    stream: letter.stream,
    shard: letter.shard,
    sequence_number: letter.sequenceNumber,
    sub_sequence_number: letter.subSequenceNumber,
    ordinal: letter.ordinal,
    partition_key: letter.partitionKey,
    arrived_at: new Date(letter.arrivedMs).toISOString(),
    written_at: writtenAt.toISOString(),
    index: letter.index,
    answer: letter.answer,
    raw: Buffer.from(letter.raw.buffer, letter.raw.byteOffset, letter.raw.byteLength).toString('base64'),
  });
  // The document is JSON text already: parsing it to write it again would only cost.
  return letter.document === undefined ? head : `${head.slice(0, -1)},"document":${letter.document}}`;
};
