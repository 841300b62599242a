import { createReadStream, type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, ShardlineError } from '../core/errors.ts';
import type { EventLine } from './event-line.ts';
import { MAX_RECORD_BYTES } from './limits.ts';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 262_144;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

const isEventFile = async (entry: Dirent): Promise<boolean> => {
  if (entry.name.startsWith('.') || !/\.(json|ndjson)$/.test(entry.name)) return false;
  if (!entry.isSymbolicLink()) return entry.isFile();
  return (await stat(join(entry.parentPath, entry.name))).isFile();
};

/** The event files below a path: the file itself, or the folder's `.json` and `.ndjson`, however deep, sorted by path. */
export const eventFiles = async (path: string): Promise<readonly string[]> => {
  const found = await stat(path).catch((thrown: unknown) => {
    throw new ShardlineError('SHARDLINE_PRODUCE_FAILED', `the events at ${path} cannot be read: ${describe(thrown)}`);
  });
  if (!found.isDirectory()) return [path];
  const files: string[] = [];
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (await isEventFile(entry)) files.push(join(entry.parentPath, entry.name));
  }
  if (files.length > 0) return files.sort();
  throw new ShardlineError(
    'SHARDLINE_PRODUCE_FAILED',
    `there is no .json or .ndjson file in ${path}; name a folder or a file of events, one a line`,
  );
};

/** A line put together from the chunks it lies in; what is longer than a record is counted, not kept. */
class GrowingLine {
  #parts: Buffer[] = [];
  #bytes = 0;

  add(part: Buffer): void {
    this.#bytes += part.byteLength;
    if (this.#bytes > MAX_RECORD_BYTES) this.#parts = [];
    else if (part.byteLength > 0) this.#parts.push(part);
  }

  /** The line's bytes and length, and an empty line in its place. */
  take(): { readonly data: Buffer; readonly bytes: number } {
    const [only = Buffer.alloc(0)] = this.#parts;
    const line = { data: this.#parts.length > 1 ? Buffer.concat(this.#parts) : only, bytes: this.#bytes };
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }
}

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d;

/** A line without what belongs to the file rather than to the event; undefined when nothing is left. */
const eventOf = (line: { data: Buffer; bytes: number }, file: string, number: number): EventLine | undefined => {
  const origin = `${file}:${number}`;
  if (line.bytes > MAX_RECORD_BYTES) return { ...line, origin };
  const marked = number === 1 && line.data.subarray(0, 3).equals(BYTE_ORDER_MARK);
  const end = line.data.at(-1) === 0x0d ? line.bytes - 1 : line.bytes;
  const data = line.data.subarray(marked ? 3 : 0, end);
  return data.every(isSpace) ? undefined : { data, bytes: data.byteLength, origin };
};

async function* linesOf(file: string): AsyncIterable<EventLine> {
  const growing = new GrowingLine();
  let number = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      growing.add(chunk.subarray(from, end));
      number += 1;
      from = end + 1;
      const event = eventOf(growing.take(), file, number);
      if (event) yield event;
    }
    growing.add(chunk.subarray(from));
  }
  const event = eventOf(growing.take(), file, number + 1);
  if (event) yield event;
}

/** The events of a file or a folder, one a line, read as they are asked for. Blank lines are no events. */
export async function* eventLines(path: string): AsyncIterable<EventLine> {
  for (const file of await eventFiles(path)) yield* linesOf(file);
}
