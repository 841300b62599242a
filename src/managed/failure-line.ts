import { hash } from 'node:crypto';
import { letterId } from '../dead-letter/envelope.ts';
import type { FirehoseRecord, UnreadableRecord } from './event.ts';
import type { Failure } from './outcome.ts';

/**
 * A failed record as one line of JSON: the fields of a dead letter, but for the record's bytes, which Firehose writes
 * to S3. `raw_sha256` finds the one from the other.
 */
export const failureLine = (
  record: FirehoseRecord | UnreadableRecord,
  failure: Failure,
  {
    application,
    stream,
    time,
  }: { readonly application: string | undefined; readonly stream: string; readonly time: Date },
): string => {
  const { reason, message, ordinal, failures } = failure;
  const subSequenceNumber = failure.subSequenceNumber;
  const head = {
    level: 'warn',
    time: time.toISOString(),
    msg: 'a record failed',
    application,
    reason,
    message,
    stream,
  };
  const tail = { record_id: record.recordId, failures };
  if ('unreadable' in record) return `${JSON.stringify({ ...head, ...tail })}\n`;
  const { shard, sequenceNumber, partitionKey, arrivedMs, data } = record;
  const at = {
    letter_id: letterId({ stream, shard, sequenceNumber, subSequenceNumber, ordinal, reason }),
    shard,
    sequence_number: sequenceNumber,
    sub_sequence_number: subSequenceNumber,
    ordinal,
    partition_key: partitionKey,
    arrived_at: new Date(arrivedMs).toISOString(),
    raw_sha256: hash('sha256', data, 'hex'),
  };
  return `${JSON.stringify({ ...head, ...at, ...tail })}\n`;
};
