import type { GetRecordsCommandOutput } from '@aws-sdk/client-kinesis';
import { isObject } from '../../core/is-object.ts';
import { type Columns, PackedRecords } from './records.ts';
import { scanRecords } from './scan-records.ts';

/** What a GetRecords answer's body says, in the SDK's own terms but for the records. */
export type GetRecordsAnswer = Omit<GetRecordsCommandOutput, '$metadata' | 'Records'> & {
  readonly packed: PackedRecords;
};

type Members = Readonly<Record<string, unknown>>;

const LIST = '"Records":[';

const malformed = (what: string): Error => new Error(`Kinesis answered GetRecords with ${what}`);

/** A member's text; undefined where it is absent, which for the SDK null is too. */
const textIn = (record: Members, name: string): string | undefined => {
  const value = record[name] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw malformed(`a record whose ${name} is no text`);
};

const sequenceNumberIn = (record: Members): string => {
  const sequenceNumber = textIn(record, 'SequenceNumber');
  if (sequenceNumber === undefined) throw malformed('a record without a sequence number');
  return sequenceNumber;
};

/** On the wire a time is epoch seconds with a fraction. */
const arrivedIn = ({ ApproximateArrivalTimestamp: seconds }: Members): number => {
  if (seconds === undefined || seconds === null) return Number.NaN;
  if (typeof seconds !== 'number') throw malformed('a time that is no number');
  return Math.round(seconds * 1000);
};

const columnsOf = (records: unknown): Columns => {
  if (!Array.isArray(records) || !records.every(isObject)) throw malformed('records that are no list of objects');
  const members: readonly Members[] = records;
  return {
    base64: members.map((record) => textIn(record, 'Data') ?? ''),
    sequenceNumbers: members.map(sequenceNumberIn),
    partitionKeys: members.map((record) => textIn(record, 'PartitionKey')),
    arrivedMs: members.map(arrivedIn),
  };
};

/** Everything of the answer but its records: for the SDK a null member is an absent one. */
const membersOf = (text: string): Members => {
  const parsed: unknown = JSON.parse(text);
  if (!isObject(parsed)) throw malformed('no object');
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== null));
};

/** The quick way: the records are scanned, and the rest is parsed with an empty list in their place. */
const scanned = (text: string): GetRecordsAnswer | undefined => {
  const list = text.indexOf(LIST);
  if (list < 0 || text.includes('\\')) return undefined;
  const from = list + LIST.length;
  const found = scanRecords(text, from);
  if (!found) return undefined;
  const { Records: records, ...rest } = membersOf(`${text.slice(0, from)}]${text.slice(found.end)}`);
  // Another list of this name, further inside, would have been taken for the answer's own.
  if (!Array.isArray(records) || records.length > 0) return undefined;
  return { ...rest, packed: new PackedRecords(found.columns) };
};

/**
 * Reads a GetRecords answer's body. The SDK's own way, by its schema and with a regular expression over every record's
 * data, costs several times as much and is the largest part of reading. Throws for what is no such answer.
 */
export const readGetRecordsAnswer = (text: string): GetRecordsAnswer => {
  const quick = scanned(text);
  if (quick) return quick;
  const { Records: records = [], ...rest } = membersOf(text);
  return { ...rest, packed: new PackedRecords(columnsOf(records)) };
};
