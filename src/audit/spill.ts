import { ScratchFile } from '../core/scratch-file.ts';

/** Entries of a part wait in so many bytes of memory. */
const CHUNK_BYTES = 16_384;
/** A UTF-16 unit has at most so many bytes in UTF-8. */
const MOST_BYTES_PER_UNIT = 3;

interface Chunk {
  readonly at: number;
  readonly bytes: number;
}

interface Part {
  /** Not on the JavaScript heap: entries that wait there would be copied by the garbage collector, all of them. */
  readonly waiting: Buffer;
  end: number;
  readonly chunks: Chunk[];
}

/** FNV-1a over the UTF-16 units: equal keys come to the same part on every side. */
export const partOf = (key: string, parts: number): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  // The low bits of FNV are its worst.
  return ((hash ^ (hash >>> 15)) >>> 0) % parts;
};

/**
 * Entries on disk instead of in memory, in parts by their key: what has the same key is read back together. In memory
 * stay at the most `parts` × 16 KiB, and two numbers for as much on disk. Throws what the file system throws, such as
 * ENOSPC.
 */
export class Spill<T> {
  readonly #parts: readonly Part[];
  readonly #file: ScratchFile;
  #end = 0;

  /** `folder`: where temporary files go. */
  constructor(folder: string, parts: number) {
    this.#file = new ScratchFile(folder);
    this.#parts = Array.from({ length: parts }, () => ({
      waiting: Buffer.allocUnsafeSlow(CHUNK_BYTES),
      end: 0,
      chunks: [],
    }));
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#end;
  }

  /** Takes an entry that JSON can write. */
  add(key: string, entry: T): void {
    const part = this.#parts[partOf(key, this.#parts.length)];
    if (!part) return;
    const line = `${JSON.stringify(entry)}\n`;
    const most = line.length * MOST_BYTES_PER_UNIT;
    if (most > CHUNK_BYTES - part.end) this.#flush(part);
    if (most > CHUNK_BYTES) this.#write(part, Buffer.from(line));
    else part.end += part.waiting.write(line, part.end);
  }

  /** The entries of one part, in the order in which they came. */
  read(number: number): readonly T[] {
    const part = this.#parts[number];
    if (!part) return [];
    this.#flush(part);
    return part.chunks.flatMap((chunk) => {
      const lines = this.#file.read(chunk.at, chunk.bytes).toString().split('\n');
      return lines.slice(0, -1).map((line): T => JSON.parse(line));
    });
  }

  close(): void {
    this.#file.close();
  }

  #flush(part: Part): void {
    if (part.end > 0) this.#write(part, part.waiting.subarray(0, part.end));
    part.end = 0;
  }

  #write(part: Part, bytes: Buffer): void {
    this.#file.write(bytes, this.#end);
    part.chunks.push({ at: this.#end, bytes: bytes.length });
    this.#end += bytes.length;
  }
}
