import type { Columns } from './records.ts';

/** A record's members as Kinesis writes them, by the first letter of their names. */
const TEXTS = {
  D: '"Data":"',
  S: '"SequenceNumber":"',
  P: '"PartitionKey":"',
  E: '"EncryptionType":"',
} as const;
const ARRIVED = '"ApproximateArrivalTimestamp":';

/** Kinesis writes a time as epoch seconds with a fraction, in plain or in scientific notation. */
const NUMBER = /\d+(?:\.\d+)?(?:[Ee]\+?\d+)?/y;

type Columned = { -readonly [K in keyof Columns]: Columns[K][number][] };

/** Reads the member that begins at `at`; answers where it ends, undefined for what is not quite as Kinesis writes it. */
const member = (text: string, at: number, columns: Columned, i: number): number | undefined => {
  const initial = text[at + 1];
  if (initial === 'A' && text.startsWith(ARRIVED, at)) {
    NUMBER.lastIndex = at + ARRIVED.length;
    const seconds = NUMBER.exec(text);
    if (!seconds) return undefined;
    columns.arrivedMs[i] = Math.round(Number(seconds[0]) * 1000);
    return NUMBER.lastIndex;
  }
  if (initial !== 'D' && initial !== 'S' && initial !== 'P' && initial !== 'E') return undefined;
  const name = TEXTS[initial];
  if (!text.startsWith(name, at)) return undefined;
  const from = at + name.length;
  const to = text.indexOf('"', from);
  if (to < 0) return undefined;
  if (initial === 'D') columns.base64[i] = text.slice(from, to);
  else if (initial === 'S') columns.sequenceNumbers[i] = text.slice(from, to);
  else if (initial === 'P') columns.partitionKeys[i] = text.slice(from, to);
  return to + 1;
};

/** Reads the record that begins at `at`; answers where it ends. */
const record = (text: string, at: number, columns: Columned, i: number): number | undefined => {
  if (text[at] !== '{') return undefined;
  columns.base64[i] = '';
  columns.partitionKeys[i] = undefined;
  columns.arrivedMs[i] = Number.NaN;
  for (let next: number | undefined = at + 1; ; next += 1) {
    next = member(text, next, columns, i);
    if (next === undefined) return undefined;
    if (text[next] === '}') return columns.sequenceNumbers.length > i ? next + 1 : undefined;
    if (text[next] !== ',') return undefined;
  }
};

/**
 * Reads a list of records as Kinesis writes it, from behind its bracket on: known members, no blanks, nothing escaped.
 * Undefined for any other list, right or wrong: that is JSON.parse's to judge. It makes none of the objects that would
 * only be taken apart again, and takes half the time.
 */
export const scanRecords = (
  text: string,
  from: number,
): { readonly columns: Columns; readonly end: number } | undefined => {
  const columns: Columned = { base64: [], sequenceNumbers: [], partitionKeys: [], arrivedMs: [] };
  if (text[from] === ']') return { columns, end: from + 1 };
  for (let i = 0, next: number | undefined = from; ; i += 1, next += 1) {
    next = record(text, next, columns, i);
    if (next === undefined) return undefined;
    if (text[next] === ']') return { columns, end: next + 1 };
    if (text[next] !== ',') return undefined;
  }
};
