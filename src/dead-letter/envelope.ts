import type { DeadLetter } from '../core/letter.ts';

/** Grows when a field changes its meaning or goes; new fields do not change it. */
export const SCHEMA_VERSION = 1;

/** What tells one failure from another. */
export type FailureId = Pick<DeadLetter, 'stream' | 'shard' | 'sequenceNumber' | 'subSequenceNumber' | 'ordinal'> & {
  readonly reason: string;
};

/** One id a failure: the same record failing the same way twice writes the same id, so counts can be de-duplicated. */
export const letterId = (letter: FailureId): string =>
  [letter.stream, letter.shard, letter.sequenceNumber, letter.subSequenceNumber, letter.ordinal, letter.reason].join(
    '/',
  );

const historyOf = ({ history }: DeadLetter) =>
  history?.map(({ reason, message, writtenAt, redrivenAt }) => ({
    reason,
    message,
    written_at: writtenAt,
    redriven_at: redrivenAt,
  }));

const headOf = (letter: DeadLetter, application: string, writtenAt: Date) => ({
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
});

/** SQS refuses these two, which are no characters; in JSON they can only stand within a text. */
const NO_CHARACTERS = /[\ufffe\uffff]/g;

const escaped = (json: string): string =>
  json.replace(NO_CHARACTERS, (unit) => (unit === '\ufffe' ? '\\ufffe' : '\\uffff'));

/**
 * The envelope of every class of failure, as one line of JSON without its newline. `raw` is the record's data in
 * standard base64. Documented in docs/dead-letters.md.
 */
export const envelope = (letter: DeadLetter, application: string, writtenAt: Date): string => {
  const { buffer, byteOffset, byteLength } = letter.raw;
  const raw = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  const head = JSON.stringify({ ...headOf(letter, application, writtenAt), history: historyOf(letter), raw });
  // The document is JSON text already: parsing it to write it again would only cost.
  return escaped(letter.document === undefined ? head : `${head.slice(0, -1)},"document":${letter.document}}`);
};

/** Enough to see what it is about; the body has the rest. */
const SHOWN_CHARACTERS = 1_000;

/**
 * No pointer is larger, whatever it says: its texts are cut or bounded (partition key 256 characters, index and
 * application 255, a key of S3 1,024 bytes), and JSON writes no UTF-16 unit with more than six bytes.
 */
export const POINTER_MOST_BYTES = 32_768;

/**
 * The letter that stands for one whose envelope is too large and is kept as `body` (`s3://bucket/key`): without `raw` and
 * `document`, long texts cut.
 */
export const pointer = (letter: DeadLetter, application: string, writtenAt: Date, body: string): string => {
  const { message, answer, ...head } = headOf(letter, application, writtenAt);
  const cut = (text: string) => (text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
  const texts = { message: cut(message), ...(answer === undefined ? {} : { answer: cut(answer) }) };
  return escaped(JSON.stringify({ ...head, ...texts, body }));
};
