import type { _Record } from '@aws-sdk/client-kinesis';
import type { SourceRecord } from '../../core/page.ts';

const NO_DATA = new Uint8Array();

const sourceRecord = (record: _Record, nowMs: number): SourceRecord => {
  if (record.SequenceNumber === undefined) throw new Error('Kinesis answered with a record without a sequence number');
  return {
    data: record.Data ?? NO_DATA,
    sequenceNumber: record.SequenceNumber,
    arrivedMs: record.ApproximateArrivalTimestamp?.getTime() ?? nowMs,
    partitionKey: record.PartitionKey,
  };
};

/** The records of an answer in our own terms. */
export const sourceRecords = (records: readonly _Record[] | undefined, nowMs: number): readonly SourceRecord[] =>
  (records ?? []).map((record) => sourceRecord(record, nowMs));

export const dataBytes = (records: readonly SourceRecord[]): number =>
  records.reduce((sum, record) => sum + record.data.byteLength, 0);
