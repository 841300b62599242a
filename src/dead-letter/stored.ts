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

/** These stand in documents, ids and keys as they are, so nobody may smuggle anything in. */
const NAME = /^[a-zA-Z0-9_.-]{1,128}$/;
const REASON = /^[a-z0-9-]{1,64}$/;
const SEQUENCE_NUMBER = /^\d{1,128}$/;

type Fields = Readonly<Record<string, unknown>>;

class Wrong extends Error {}

const text = (fields: Fields, name: string, shape?: RegExp): string => {
  const value = fields[name];
  if (typeof value === 'string' && (!shape || shape.test(value))) return value;
  throw new Wrong(`${name} is missing or not what it should be`);
};

const maybeText = (fields: Fields, name: string): string | undefined =>
  fields[name] === undefined ? undefined : text(fields, name);

const count = (fields: Fields, name: string): number => {
  const value = fields[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Wrong(`${name} is no whole number from 0 on`);
};

const time = (fields: Fields, name: string): number => {
  const ms = Date.parse(text(fields, name));
  if (Number.isNaN(ms)) throw new Wrong(`${name} is no time`);
  return ms;
};

/** Damaged bytes must not become another event: Node itself passes over what is no base64. */
const bytes = (fields: Fields): Uint8Array | undefined => {
  const raw = maybeText(fields, 'raw');
  if (raw === undefined) return undefined;
  const decoded = Buffer.from(raw, 'base64');
  if (decoded.toString('base64') !== raw) throw new Wrong('raw is no standard base64');
  return decoded;
};

const earlier = (value: unknown): EarlierFailure => {
  if (!isObject(value)) throw new Wrong('history holds something else than failures');
  return {
    reason: text(value, 'reason'),
    message: text(value, 'message'),
    writtenAt: text(value, 'written_at'),
    redrivenAt: text(value, 'redriven_at'),
  };
};

const letterOf = (fields: Fields): StoredLetter => {
  if (fields.schema !== SCHEMA_VERSION) throw new Wrong(`its schema is ${fields.schema}; this version reads 1`);
  const { history = [] } = fields;
  if (!Array.isArray(history)) throw new Wrong('history is no list');
  const letter: StoredLetter = {
    reason: text(fields, 'reason', REASON),
    message: text(fields, 'message'),
    application: text(fields, 'application'),
    stream: text(fields, 'stream', NAME),
    shard: text(fields, 'shard', NAME),
    sequenceNumber: text(fields, 'sequence_number', SEQUENCE_NUMBER),
    subSequenceNumber: count(fields, 'sub_sequence_number'),
    ordinal: count(fields, 'ordinal'),
    partitionKey: maybeText(fields, 'partition_key'),
    arrivedMs: time(fields, 'arrived_at'),
    writtenAt: text(fields, 'written_at'),
    index: maybeText(fields, 'index'),
    answer: maybeText(fields, 'answer'),
    history: history.map(earlier),
    raw: bytes(fields),
    document: fields.document,
    body: maybeText(fields, 'body'),
  };
  if (letter.raw === undefined && letter.body === undefined) throw new Wrong('it has neither raw nor body');
  return letter;
};

/** Reads a line that `envelope` or `pointer` wrote; whatever else it is, it is told, never thrown. */
export const readLetter = (line: string): StoredLetter | Unreadable => {
  try {
    const value: unknown = JSON.parse(line);
    if (!isObject(value)) return { unreadable: 'it is no JSON object' };
    return letterOf(value);
  } catch (thrown) {
    return { unreadable: thrown instanceof Wrong ? thrown.message : 'it is no JSON' };
  }
};
