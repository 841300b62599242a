import type { Decoded, Message, Poison } from '../core/message.ts';
import type { SourceRecord } from '../core/page.ts';
import { sequencePosition } from '../core/position.ts';
import type { Fault } from './fault.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { readObject, withoutBom } from './json.ts';
import { isKplAggregate } from './kpl.ts';
import { contentLines } from './lines.ts';

export interface DecoderOptions {
  /** json: one object per record. ndjson: one per line. raw: the bytes, unpacked, go to the transform as they are. */
  readonly mode: 'json' | 'ndjson' | 'raw';
  /** The most bytes a record may have once unpacked. */
  readonly limitBytes: number;
  /** The most messages one record may hold. */
  readonly maxMessages: number;
}

const poisoned = (fault: Fault, subSequenceNumber = 0): Decoded => ({
  messages: [],
  poison: [{ ...fault, subSequenceNumber }],
});

const messageOf = (record: SourceRecord, subSequenceNumber: number, bytes: Uint8Array, value: unknown): Message => {
  const at = sequencePosition(record.sequenceNumber, subSequenceNumber);
  const arrived = new Date(record.arrivedMs);
  const { partitionKey } = record;
  return partitionKey === undefined ? { bytes, value, at, arrived } : { bytes, value, at, arrived, partitionKey };
};

/** The record's bytes, unpacked and bounded, or why there are none. */
const unpacked = (data: Uint8Array, limitBytes: number): Uint8Array | Fault => {
  if (isKplAggregate(data))
    return { reason: 'decode-kpl', detail: 'an aggregate of the Kinesis Producer Library; these are not read yet' };
  const bytes = isGzip(data) ? gunzip(data, limitBytes) : data;
  if (!(bytes instanceof Uint8Array)) return bytes;
  if (bytes.length > limitBytes)
    return { reason: 'decode-too-large', detail: `${bytes.length} bytes; at most ${limitBytes} are read` };
  if (bytes.length === 0) return { reason: 'decode-empty', detail: 'the record has no content' };
  return bytes;
};

const oneObject = (record: SourceRecord, bytes: Uint8Array): Decoded => {
  const read = readObject(withoutBom(bytes));
  if ('reason' in read) return poisoned(read);
  return { messages: [messageOf(record, 0, bytes, read.value)], poison: [] };
};

/** Every line is an event of its own: a bad one is poison under its own number and the others go on. */
const manyObjects = (record: SourceRecord, bytes: Uint8Array, maxMessages: number): Decoded => {
  const lines = contentLines(withoutBom(bytes), maxMessages);
  if (lines === undefined)
    return poisoned({ reason: 'decode-too-many', detail: `more than ${maxMessages} lines in one record` });
  if (lines.length === 0) return poisoned({ reason: 'decode-empty', detail: 'the record has only blank lines' });
  const messages: Message[] = [];
  const poison: Poison[] = [];
  for (const [index, line] of lines.entries()) {
    const read = readObject(line);
    const own = lines.length > 1 ? { bytes: line } : {};
    if ('reason' in read) poison.push({ ...read, ...own, subSequenceNumber: index });
    else messages.push(messageOf(record, index, line, read.value));
  }
  return { messages, poison };
};

/** Turns a record into messages and poison; never throws for anything a record can hold. */
export const decoder =
  ({ mode, limitBytes, maxMessages }: DecoderOptions) =>
  (record: SourceRecord): Decoded => {
    const bytes = unpacked(record.data, limitBytes);
    if (!(bytes instanceof Uint8Array)) return poisoned(bytes);
    if (mode === 'raw') return { messages: [messageOf(record, 0, bytes, undefined)], poison: [] };
    return mode === 'json' ? oneObject(record, bytes) : manyObjects(record, bytes, maxMessages);
  };
