import { hash } from 'node:crypto';
import { type Delivery, DIGEST_CHARACTERS, endOfDocument } from '../core/delivery.ts';
import { isoTime } from '../core/iso-time.ts';
import type { SerializedDocument, Special } from '../core/message.ts';
import type { SourceRecord } from '../core/page.ts';
import type { Reason } from '../core/reasons.ts';
import { actionOf } from './action.ts';
import type { IndexNamer } from './index-pattern.ts';

const MAX_ID_BYTES = 512;

export interface PrepareOptions {
  readonly stream: string;
  readonly indexName: IndexNamer;
  /** How far before the record's arrival an event may lie, milliseconds; Infinity for no bound. */
  readonly pastMs: number;
  /** How far after the record's arrival an event may lie, milliseconds. */
  readonly futureMs: number;
  /** The index of events outside the window; without one they cannot be sent. */
  readonly outside?: string | undefined;
}

/** Where a document comes from and who waits for it. */
export type Origin = Omit<Delivery, 'index' | 'id' | 'special' | 'start' | 'bytes' | 'arrivedMs'> & {
  readonly record: SourceRecord;
};

/** Why a document cannot be sent. */
export interface Unsendable {
  readonly reason: Reason;
  readonly message: string;
}

/** All versions of a document must meet in one index: why they would not in those of a configuration. Pure. */
export const operationProblem = (special: Special | undefined, indexName: IndexNamer): Unsendable | undefined => {
  if (special?.version === undefined || special.index !== undefined || !indexName.isDated) return undefined;
  const message = `op ${special.op} needs an index without a date, for in dated ones its versions would not meet: name one that the transform lists in its indices, or leave the date out of the configuration's index`;
  return { reason: 'document-operation', message };
};

export type Prepared = { readonly delivery: Delivery } | { readonly unsendable: Unsendable };

/** The digest under `ingest.digest`: of the body's JSON text without `ingest`. */
export const digestOf = (json: string): string => hash('sha256', json, 'base64url').slice(0, DIGEST_CHARACTERS);

const idProblem = (id: string): string | undefined => {
  if (id === '') return 'the id is empty; give 1 to 512 bytes, or none';
  if (!id.isWellFormed()) return 'the id holds half of a surrogate pair, which cannot be written as UTF-8';
  // A UTF-16 unit is at most three bytes, so short ids need no counting.
  if (id.length * 3 <= MAX_ID_BYTES) return undefined;
  const bytes = Buffer.byteLength(id);
  return bytes > MAX_ID_BYTES ? `the id has ${bytes} bytes; OpenSearch takes at most ${MAX_ID_BYTES}` : undefined;
};

const windowProblem = (timestampMs: number, arrivedMs: number, options: PrepareOptions): string | undefined => {
  const earlyMs = arrivedMs - timestampMs;
  if (earlyMs > options.pastMs) return `the event lies ${Math.round(earlyMs / 1000)} s before the record's arrival`;
  if (-earlyMs > options.futureMs) return `the event lies ${Math.round(-earlyMs / 1000)} s after the record's arrival`;
  return undefined;
};

const inWindow = (timestampMs: number, arrivedMs: number, options: PrepareOptions): string | Unsendable => {
  const outside = windowProblem(timestampMs, arrivedMs, options);
  if (outside === undefined) return options.indexName(timestampMs);
  return options.outside ?? { reason: 'index-window', message: `${outside}: outside index_window` };
};

/** The window is there for what its time alone puts somewhere; versions have an order of their own. */
const specialIndex = (special: Special, timestampMs: number, arrivedMs: number, options: PrepareOptions) => {
  if (special.index !== undefined) return special.index;
  if (special.version === undefined) return inWindow(timestampMs, arrivedMs, options);
  return operationProblem(special, options.indexName) ?? options.indexName(timestampMs);
};

type Placed = Pick<Delivery, 'index' | 'id' | 'special' | 'start' | 'bytes'>;

/** Member by member: spread, an object that outlives its slice would be built twice. */
const deliveryOf = (origin: Origin, { index, id, special, start, bytes }: Placed): Delivery => ({
  index,
  id,
  special,
  lines: origin.lines,
  start,
  bytes,
  shard: origin.shard,
  records: origin.records,
  recordIndex: origin.recordIndex,
  arrivedMs: origin.record.arrivedMs,
  own: origin.own,
  subSequenceNumber: origin.subSequenceNumber,
  ordinal: origin.ordinal,
  ticket: origin.ticket,
  lost: origin.lost,
});

/**
 * Makes documents ready to send: names the index by the event's time, or as that of the events outside the window
 * (measured from the record's arrival, so that a redelivery is judged the same), settles the id, takes the digest and adds `ingest`. Its lines join
 * the others of the origin's. Pure but for that.
 */
export const prepare = (options: PrepareOptions): ((document: SerializedDocument, origin: Origin) => Prepared) => {
  const streamJson = JSON.stringify(options.stream);
  const deletedJson = `${streamJson},"deleted":true`;
  let arrivedMs = Number.NaN;
  let arrivedJson = '';
  return (document, origin) => {
    const { record } = origin;
    const { special, timestampMs } = document;
    const index =
      special === undefined
        ? inWindow(timestampMs, record.arrivedMs, options)
        : specialIndex(special, timestampMs, record.arrivedMs, options);
    if (typeof index !== 'string') return { unsendable: index };
    const id =
      document.id ??
      `${options.stream}:${origin.shard}:${record.sequenceNumber}:${origin.subSequenceNumber}:${origin.ordinal}`;
    const wrongId = idProblem(id);
    if (wrongId) return { unsendable: { reason: 'document-id', message: wrongId } };
    const digest = digestOf(document.json);
    if (record.arrivedMs !== arrivedMs) {
      arrivedMs = record.arrivedMs;
      arrivedJson = isoTime(arrivedMs);
    }
    const ingest = `"ingest":{"stream":${special?.op === 'delete' ? deletedJson : streamJson},"shard":"${origin.shard}","sequence_number":"${record.sequenceNumber}","arrived_at":"${arrivedJson}",${endOfDocument(digest)}`;
    // The index name comes from a checked pattern and digits: nothing in it needs escaping.
    const action =
      special === undefined
        ? `{"create":{"_index":"${index}","_id":${JSON.stringify(id)}}}`
        : actionOf(special, index, id);
    const comma = document.json.length > 2 ? ',' : '';
    const { lines } = origin;
    const start = lines.end();
    lines.write(`${action}\n`);
    lines.write(document.json.slice(0, -1));
    lines.write(`${comma}${ingest}`);
    return { delivery: deliveryOf(origin, { index, id, special, start, bytes: lines.end() - start }) };
  };
};
