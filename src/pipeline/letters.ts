import { type Delivery, documentOf, type Outcome } from '../core/delivery.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { SourceRecord } from '../core/page.ts';
import type { Reason } from '../core/reasons.ts';

/** What went wrong with one message of a record. */
export interface Failure {
  readonly reason: Reason;
  readonly message: string;
  readonly subSequenceNumber: number;
  readonly ordinal: number;
  /** The message's own bytes, where the record held several. */
  readonly bytes: Uint8Array | undefined;
}

/** A letter for what never became a document. */
export const letterOfRecord = (stream: string, shard: string, record: SourceRecord, failure: Failure): DeadLetter => ({
  reason: failure.reason,
  message: failure.message,
  stream,
  shard,
  sequenceNumber: record.sequenceNumber,
  subSequenceNumber: failure.subSequenceNumber,
  ordinal: failure.ordinal,
  partitionKey: record.partitionKey,
  arrivedMs: record.arrivedMs,
  raw: failure.bytes ?? record.data,
  document: undefined,
  index: undefined,
  answer: undefined,
});

/** A letter for a document that the sink refused for good. */
export const letterOfDelivery = (
  stream: string,
  delivery: Delivery,
  outcome: Extract<Outcome, { status: 'rejected' }>,
): DeadLetter => {
  const { records, recordIndex, shard, subSequenceNumber, ordinal, own, index } = delivery;
  const record = records.at(recordIndex);
  if (!record) throw new Error(`a document of record ${recordIndex} of ${records.length}`);
  const { reason, message, answer } = outcome;
  const failure = { reason, message, subSequenceNumber, ordinal, bytes: own };
  return { ...letterOfRecord(stream, shard, record, failure), document: documentOf(delivery), index, answer };
};
