import type { Delivery } from '../core/delivery.ts';
import type { DeadLetter } from '../core/letter.ts';
import { bytesOf } from '../core/lines.ts';
import type { FirehoseRecord } from './event.ts';
import { type Made, nothingYet } from './outcome.ts';

/**
 * "The Lambda synchronous invocation mode has a payload size limit of 6 MB for both the request and the response"
 * (Amazon Data Firehose, "Transform source data"). A larger answer fails the whole batch.
 */
export const ANSWER_MOST_BYTES = 6_000_000;
/** What an entry holds beside its id and its data, and what stands around all of them. */
const ENTRY_BYTES = 64;

/** How many bytes a text takes in base64. */
const base64Length = (bytes: number): number => 4 * Math.ceil(bytes / 3);

/** What the records of an invocation become. Keeps no more of it than an answer can hold. */
export interface Answer {
  document(record: FirehoseRecord, delivery: Delivery): void;
  letter(record: FirehoseRecord, letter: DeadLetter): void;
  walked(record: FirehoseRecord): void;
  of(record: FirehoseRecord): Made;
}

/** Opens the account of an invocation; each id has its place in the answer from the start. */
export const openAnswer = (recordIds: readonly string[]): Answer => {
  const made = new Map<FirehoseRecord, Made>();
  let bytes = ENTRY_BYTES;
  for (const recordId of recordIds) bytes += ENTRY_BYTES + Buffer.byteLength(JSON.stringify(recordId));
  const of = (record: FirehoseRecord): Made => {
    const known = made.get(record);
    if (known) return known;
    const fresh = nothingYet();
    made.set(record, fresh);
    return fresh;
  };
  return {
    of,
    document(record, delivery) {
      const entry = of(record);
      entry.documents += 1;
      if (entry.data !== undefined) bytes -= entry.data.length;
      entry.data = undefined;
      if (entry.documents > 1) return;
      entry.special = delivery.special;
      const lines = bytesOf([delivery]);
      const start = lines.indexOf('\n') + 1;
      const length = base64Length(lines.length - 1 - start);
      if (bytes + length > ANSWER_MOST_BYTES) return;
      bytes += length;
      entry.data = lines.toString('base64', start, lines.length - 1);
    },
    letter(record, { reason, message, subSequenceNumber, ordinal }) {
      const entry = of(record);
      entry.first ??= { reason, message, subSequenceNumber, ordinal };
      entry.failures.set(reason, (entry.failures.get(reason) ?? 0) + 1);
    },
    walked(record) {
      of(record).walked = true;
    },
  };
};
