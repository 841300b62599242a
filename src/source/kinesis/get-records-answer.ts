import type { GetRecordsCommandOutput } from '@aws-sdk/client-kinesis';
import { isObject } from '../../core/is-object.ts';

/** What a GetRecords answer's body says, in the SDK's own terms. */
export type GetRecordsAnswer = Omit<GetRecordsCommandOutput, '$metadata'>;

type Members = Readonly<Record<string, unknown>>;

const malformed = (what: string): Error => new Error(`Kinesis answered GetRecords with ${what}`);

/** How many bytes a base64 text of this length and padding stands for; fractions where it cannot be whole. */
const decodedBytes = (base64: string): number => {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
};

const base64Of = ({ Data: data }: Members): string | undefined => {
  if (data === undefined || data === null) return undefined;
  if (typeof data !== 'string' || data.length % 4 !== 0) throw malformed('data that is no base64');
  return data;
};

/**
 * Decodes all records' data into one block of memory: a page is held and let go as a whole. Node's decoder leaves out
 * what is not base64; then it writes less than the text's length says.
 */
const decodeData = (records: readonly Members[]): readonly (Uint8Array | undefined)[] => {
  const texts = records.map(base64Of);
  const block = Buffer.allocUnsafeSlow(texts.reduce((sum, text) => sum + (text ? decodedBytes(text) : 0), 0));
  let at = 0;
  return texts.map((text) => {
    if (text === undefined) return undefined;
    const bytes = decodedBytes(text);
    if (bytes > 0 && block.write(text, at, bytes, 'base64') !== bytes) throw malformed('data that is no base64');
    const data = new Uint8Array(block.buffer, at, bytes);
    at += bytes;
    return data;
  });
};

/** On the wire a time is epoch seconds with a fraction. */
const timeOf = (seconds: unknown): Date => {
  if (typeof seconds !== 'number') throw malformed('a time that is no number');
  return new Date(Math.round(seconds * 1000));
};

/** Replaces a record's members where they stand: what was just parsed is nobody else's. */
const complete = (record: Record<string, unknown>, data: Uint8Array | undefined): void => {
  if (typeof record.SequenceNumber !== 'string') throw malformed('a record without a sequence number');
  const { ApproximateArrivalTimestamp: arrived } = record;
  record.ApproximateArrivalTimestamp = arrived === undefined || arrived === null ? undefined : timeOf(arrived);
  record.Data = data;
  // For the SDK a null member is an absent one.
  if (record.PartitionKey === null) record.PartitionKey = undefined;
  if (record.EncryptionType === null) record.EncryptionType = undefined;
};

/**
 * Reads a GetRecords answer's body. The SDK's own way, by its schema and with a regular expression over every record's
 * data, costs several times as much and is the largest part of reading. Throws for what is no such answer.
 */
export const readGetRecordsAnswer = (text: string): GetRecordsAnswer => {
  const parsed: unknown = JSON.parse(text);
  if (!isObject(parsed)) throw malformed('no object');
  const answer = Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== null));
  const { Records: records = [] } = answer;
  if (!Array.isArray(records) || !records.every(isObject)) throw malformed('records that are no list of objects');
  const data = decodeData(records);
  for (const [i, record] of records.entries()) complete(record as Record<string, unknown>, data[i]);
  return answer as unknown as GetRecordsAnswer;
};
