import {
  bytesIn,
  countIn,
  type Fields,
  maybeTextIn,
  NAME,
  SEQUENCE_NUMBER,
  textIn,
  timeIn,
  WrongField,
} from '../core/fields.ts';
import { isObject } from '../core/is-object.ts';
import type { DeadLetter, EarlierFailure } from '../core/letter.ts';
import { SCHEMA_VERSION } from './envelope.ts';

/** A letter as it was read back. */
export interface StoredLetter extends Omit<DeadLetter, 'reason' | 'raw' | 'document' | 'history'> {
  /** One of ours, or that of another version. */
  readonly reason: string;
  readonly application: string;
  /** ISO-8601. */
  readonly writtenAt: string;
  readonly history: readonly EarlierFailure[];
  /** The bytes to decode; undefined in a pointer. */
  readonly raw: Uint8Array | undefined;
  /** The document that it was, parsed. */
  readonly document: unknown;
  /** In a pointer: where the whole letter is, `s3://BUCKET/KEY`. */
  readonly body: string | undefined;
}

/** Why a line is no letter that can be read. */
export interface Unreadable {
  readonly unreadable: string;
}

const REASON = /^[a-z0-9-]{1,64}$/;

const earlier = (value: unknown): EarlierFailure => {
  if (!isObject(value)) throw new WrongField('history holds something else than failures');
  return {
    reason: textIn(value, 'reason'),
    message: textIn(value, 'message'),
    writtenAt: textIn(value, 'written_at'),
    redrivenAt: textIn(value, 'redriven_at'),
  };
};

const letterOf = (fields: Fields): StoredLetter => {
  if (fields.schema !== SCHEMA_VERSION) throw new WrongField(`its schema is ${fields.schema}; this version reads 1`);
  const { history = [] } = fields;
  if (!Array.isArray(history)) throw new WrongField('history is no list');
  const letter: StoredLetter = {
    reason: textIn(fields, 'reason', REASON),
    message: textIn(fields, 'message'),
    application: textIn(fields, 'application'),
    stream: textIn(fields, 'stream', NAME),
    shard: textIn(fields, 'shard', NAME),
    sequenceNumber: textIn(fields, 'sequence_number', SEQUENCE_NUMBER),
    subSequenceNumber: countIn(fields, 'sub_sequence_number'),
    ordinal: countIn(fields, 'ordinal'),
    partitionKey: maybeTextIn(fields, 'partition_key'),
    arrivedMs: timeIn(fields, 'arrived_at'),
    writtenAt: textIn(fields, 'written_at'),
    index: maybeTextIn(fields, 'index'),
    answer: maybeTextIn(fields, 'answer'),
    history: history.map(earlier),
    raw: fields.raw === undefined ? undefined : bytesIn(fields, 'raw'),
    document: fields.document,
    body: maybeTextIn(fields, 'body'),
  };
  if (letter.raw === undefined && letter.body === undefined) throw new WrongField('it has neither raw nor body');
  return letter;
};

/** Reads a line that `envelope` or `pointer` wrote; whatever else it is, it is told, never thrown. */
export const readLetter = (line: string): StoredLetter | Unreadable => {
  try {
    const value: unknown = JSON.parse(line);
    if (!isObject(value)) return { unreadable: 'it is no JSON object' };
    return letterOf(value);
  } catch (thrown) {
    return { unreadable: thrown instanceof WrongField ? thrown.message : 'it is no JSON' };
  }
};
