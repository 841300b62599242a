import { ShardlineError } from '../core/errors.ts';
import { isObject } from '../core/is-object.ts';
import type { SourceRecord } from '../core/page.ts';

/** One record of an invocation that can be walked. */
export interface FirehoseRecord extends SourceRecord {
  readonly recordId: string;
  readonly shard: string;
  /** Firehose takes aggregates of the KPL apart by itself: which of its record's user records this is, else 0. */
  readonly subSequenceNumber: number;
}

/** A record that has an id to answer for and nothing else that can be used. */
export interface UnreadableRecord {
  readonly recordId: string;
  readonly unreadable: string;
}

/** What Firehose hands to one invocation. */
export interface FirehoseEvent {
  /** The name of the data stream that the records come from. */
  readonly stream: string;
  readonly records: readonly (FirehoseRecord | UnreadableRecord)[];
}

/** They stand in documents unescaped, and in ids. */
const SHARD = /^[a-zA-Z0-9_.-]{1,128}$/;
const SEQUENCE_NUMBER = /^(?:0|[1-9]\d{0,128})$/;
const STREAM_ARN = /^arn:aws[a-z-]*:kinesis:[a-z0-9-]+:\d{12}:stream\/([a-zA-Z0-9_.-]{1,128})$/;
/** The last moment of the year 9999, epoch milliseconds. */
const LAST_MS = 253_402_300_799_999;

/** Node leaves out what is no base64 without a word: then fewer bytes come out than the text has room for. */
const bytesOf = (base64: string): Uint8Array | undefined => {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(base64, 'base64');
  return base64.length % 4 === 0 && bytes.length === (base64.length / 4) * 3 - padding ? bytes : undefined;
};

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LAST_MS;

/** AWS's own types of this event differ on whether it is a number or a text, empty where there is none. */
const subSequenceNumberOf = (value: unknown): number => {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return isCount(number) ? number : 0;
};

const readRecord = (recordId: string, { data, kinesisRecordMetadata: from }: Readonly<Record<string, unknown>>) => {
  const unreadable = (what: string): UnreadableRecord => ({ recordId, unreadable: what });
  const bytes = typeof data === 'string' ? bytesOf(data) : undefined;
  if (!bytes) return unreadable('data is no base64');
  if (!isObject(from))
    return unreadable('kinesisRecordMetadata is missing: the record comes from no Kinesis data stream');
  const { shardId, sequenceNumber, approximateArrivalTimestamp: arrivedMs, partitionKey, subsequenceNumber } = from;
  if (typeof shardId !== 'string' || !SHARD.test(shardId)) return unreadable('shardId is no name of a shard');
  if (typeof sequenceNumber !== 'string' || !SEQUENCE_NUMBER.test(sequenceNumber))
    return unreadable('sequenceNumber is no decimal number');
  if (!isCount(arrivedMs)) return unreadable('approximateArrivalTimestamp is no time in milliseconds');
  return {
    recordId,
    shard: shardId,
    sequenceNumber,
    subSequenceNumber: subSequenceNumberOf(subsequenceNumber),
    arrivedMs,
    partitionKey: typeof partitionKey === 'string' ? partitionKey : undefined,
    data: bytes,
  } satisfies FirehoseRecord;
};

const wrong = (what: string): ShardlineError =>
  new ShardlineError(
    'SHARDLINE_EVENT_UNREADABLE',
    `the event is not what Firehose sends to transform records of a Kinesis data stream: ${what}`,
  );

/**
 * Reads the event of a Firehose stream whose source is a Kinesis data stream. A record that cannot be used says so
 * itself; throws SHARDLINE_EVENT_UNREADABLE where nobody could be answered for it.
 */
export const readEvent = (event: unknown): FirehoseEvent => {
  if (!isObject(event) || !Array.isArray(event.records)) throw wrong('it has no list of records');
  const [, stream] = STREAM_ARN.exec(String(event.sourceKinesisStreamArn)) ?? [];
  if (stream === undefined)
    throw wrong('sourceKinesisStreamArn is missing; give the Firehose stream a Kinesis data stream as its source');
  const records = event.records.map((record: unknown, i) => {
    if (!isObject(record) || typeof record.recordId !== 'string' || record.recordId === '')
      throw wrong(`records[${i}] has no recordId`);
    return readRecord(record.recordId, record);
  });
  return { stream, records };
};
