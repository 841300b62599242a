import { types } from 'node:util';
import { PoisonError } from '../core/errors.ts';
import { isObject } from '../core/is-object.ts';
import { isoTime } from '../core/iso-time.ts';
import type { SerializedDocument, Transformed } from '../core/message.ts';
import { REASONS, type Reason } from '../core/reasons.ts';
import { isTooDeep, MAX_LEVELS } from './depth.ts';
import { checkSpecial } from './special.ts';
import { isInYears } from './years.ts';

const KNOWN_KEYS = new Set(['id', 'timestamp', 'body', 'op', 'version', 'index', 'routing', 'pipeline']);

type Checked = { readonly document: SerializedDocument } | { readonly reason: Reason; readonly detail: string };

const garbage = (detail: string): Checked => ({ reason: 'transform-garbage', detail });

const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (types.isPromise(value)) return 'a promise';
  return typeof value;
};

/** A class of its own (a Map, an Error, …) would lose what JSON cannot write, without a word. */
const isFromClass = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null;
};

/** JSON leaves these out of an object. */
const isLeftOut = (value: unknown): boolean =>
  value === undefined || typeof value === 'function' || typeof value === 'symbol';

const timestampOf = (timestamp: unknown): number | string => {
  if (!types.isDate(timestamp)) return `the timestamp is ${kindOf(timestamp)}; expected a Date`;
  const ms = Date.prototype.getTime.call(timestamp);
  if (Number.isNaN(ms)) return 'the timestamp is an invalid Date';
  return isInYears(ms) ? ms : 'the timestamp lies outside the years 1 to 9999';
};

/** The body's JSON text with `@timestamp`, or what is wrong with it. May throw whatever user code in it throws. */
const serialize = (body: unknown, timestampMs: number): { readonly json: string } | string => {
  if (!isObject(body)) return `the body is ${kindOf(body)}; expected an object`;
  const plain = typeof body.toJSON === 'function' ? body.toJSON() : body;
  if (!isObject(plain)) return `the body serializes to ${kindOf(plain)}; expected an object`;
  if (isFromClass(plain)) return 'the body is an instance of a class; expected a plain object';
  if (Object.hasOwn(plain, 'ingest')) return 'the body has a key `ingest`, which Shardline writes itself';
  const json = JSON.stringify(plain);
  if (typeof json !== 'string' || !json.startsWith('{')) return 'the body does not serialize to a JSON object';
  if (isTooDeep(json)) return `the body is nested more than ${MAX_LEVELS} levels deep`;
  if (Object.hasOwn(plain, '@timestamp') && !isLeftOut(plain['@timestamp'])) return { json };
  const first = `{"@timestamp":"${isoTime(timestampMs)}"`;
  return { json: json === '{}' ? `${first}}` : `${first},${json.slice(1)}` };
};

/** What a transform's documents are bound by. */
export interface Bounds {
  /** Most documents of one message. */
  readonly maxDocuments: number;
  /** The indices that documents may name. */
  readonly indices: ReadonlySet<unknown>;
}

const checkDocument = (document: unknown, indices: Bounds['indices']): Checked => {
  if (!isObject(document) || types.isPromise(document))
    return garbage(`a document is ${kindOf(document)}; expected { id, timestamp, body }`);
  for (const key in document) {
    if (!KNOWN_KEYS.has(key))
      return garbage(
        `a document has the key ${JSON.stringify(key).slice(0, 80)}; known are ${[...KNOWN_KEYS].join(', ')}`,
      );
  }
  const { id, timestamp, body, op, version, index, routing, pipeline } = document;
  if (id !== undefined && typeof id !== 'string') {
    return { reason: 'document-id', detail: `the id is ${kindOf(id)}; expected a string of 1 to 512 bytes, or none` };
  }
  const timestampMs = timestampOf(timestamp);
  if (typeof timestampMs === 'string') return garbage(timestampMs);
  const isPlain =
    op === undefined && version === undefined && index === undefined && routing === undefined && pipeline === undefined;
  const special = isPlain ? undefined : checkSpecial({ id, body, op, version, index, routing, pipeline }, indices);
  if (typeof special === 'string') return { reason: 'document-operation', detail: special };
  const serialized = serialize(special?.op === 'delete' ? {} : body, timestampMs);
  return typeof serialized === 'string'
    ? garbage(serialized)
    : { document: { id, timestampMs, json: serialized.json, special } };
};

const poison = (reason: Reason, detail: string, subSequenceNumber: number): Transformed => ({
  poison: { reason, detail, subSequenceNumber },
});

/** Checks what a transform returned and serializes its documents; one wrong document poisons its message. */
export const checkResult = (result: unknown, bounds: Bounds, subSequenceNumber: number): Transformed => {
  const { maxDocuments, indices } = bounds;
  if (!Array.isArray(result)) {
    return poison(
      'transform-garbage',
      `the transform returned ${kindOf(result)}; expected an array`,
      subSequenceNumber,
    );
  }
  if (result.length > maxDocuments) {
    return poison(
      'transform-too-many',
      `${result.length} documents; at most ${maxDocuments} are taken`,
      subSequenceNumber,
    );
  }
  const documents: SerializedDocument[] = [];
  for (const each of result) {
    const checked = checkDocument(each, indices);
    if (!('document' in checked)) return poison(checked.reason, checked.detail, subSequenceNumber);
    documents.push(checked.document);
  }
  return { documents };
};

const MAX_DETAIL = 500;
const isReason = (reason: unknown): reason is Reason => REASONS.some((known) => known === reason);

/** Sorts what a transform, or the serialization of its result, threw. Never throws, whatever was thrown. */
export const poisonOf = (thrown: unknown, serializing: boolean, subSequenceNumber: number): Transformed => {
  try {
    if (thrown instanceof PoisonError) {
      const reason = isReason(thrown.reason) ? thrown.reason : 'transform-invalid';
      return poison(reason, String(thrown.message).slice(0, MAX_DETAIL), subSequenceNumber);
    }
    const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    const detail = serializing ? `the result cannot be serialized: ${message}` : message;
    return poison(
      serializing ? 'transform-garbage' : 'transform-threw',
      detail.slice(0, MAX_DETAIL),
      subSequenceNumber,
    );
  } catch {
    return poison('transform-threw', 'it threw something that cannot be shown', subSequenceNumber);
  }
};
