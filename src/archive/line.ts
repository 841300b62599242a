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
import { holds, type TimeRange } from '../core/time-range.ts';
import { type Origin, SCHEMA } from './archived.ts';

/** A record, or one part of it, as a line of the archive has it. */
export interface ArchiveLine {
  readonly shard: string;
  readonly sequenceNumber: string;
  readonly arrivedMs: number;
  readonly partitionKey: string | undefined;
  /** Counted from 1. */
  readonly part: number;
  readonly parts: number;
  readonly data: Buffer;
}

/** Which records somebody looks for. */
export interface WantedRecords extends Origin {
  /** Of their arrival. */
  readonly range: TimeRange;
  /** Left out: all of them. */
  readonly takes?: (shard: string, sequenceNumber: string) => boolean;
}

export interface UnreadableLine {
  readonly unreadable: string;
}

/** A line of the archive has a record of Firehose at most, which is smaller. */
export const PART_MOST_BYTES = 1_048_576;
/** Kinesis has no record with more of them. */
const PARTS_MOST = 100;

/** Dead letters, and lines of other applications and streams, may be delivered to the same place. */
const isOurs = (fields: Fields, { application, stream }: Origin): boolean =>
  fields.application === application && fields.stream === stream && fields.letter_id === undefined;

const partOf = (fields: Fields): { readonly part: number; readonly parts: number } => {
  if (fields.part === undefined && fields.parts === undefined) return { part: 1, parts: 1 };
  const part = countIn(fields, 'part');
  const parts = countIn(fields, 'parts');
  if (part < 1 || part > parts || parts > PARTS_MOST) throw new WrongField(`part ${part} of ${parts} cannot be`);
  return { part, parts };
};

const lineOf = (fields: Fields, { range, takes }: WantedRecords): ArchiveLine | undefined => {
  if (fields.schema !== SCHEMA) throw new WrongField(`its schema is ${fields.schema}; this version reads ${SCHEMA}`);
  const arrivedMs = timeIn(fields, 'arrived_at');
  if (!holds(range, arrivedMs)) return undefined;
  const shard = textIn(fields, 'shard', NAME);
  const sequenceNumber = textIn(fields, 'sequence_number', SEQUENCE_NUMBER);
  if (takes && !takes(shard, sequenceNumber)) return undefined;
  const { part, parts } = partOf(fields);
  const data = bytesIn(fields, 'raw');
  if (parts > 1 && data.byteLength > PART_MOST_BYTES)
    throw new WrongField(`a part of a record has ${data.byteLength} bytes`);
  return { shard, sequenceNumber, arrivedMs, partitionKey: maybeTextIn(fields, 'partition_key'), part, parts, data };
};

/** Reads a line that `linesOf` wrote; undefined for one that is not wanted. Nothing is thrown. */
export const readLine = (text: string, wanted: WantedRecords): ArchiveLine | UnreadableLine | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return { unreadable: 'it is no JSON object' };
    return isOurs(value, wanted) ? lineOf(value, wanted) : undefined;
  } catch (thrown) {
    return { unreadable: thrown instanceof WrongField ? thrown.message : 'it is no JSON' };
  }
};
