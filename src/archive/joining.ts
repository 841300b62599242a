import { ScratchFile } from '../core/scratch-file.ts';
import { type ArchiveLine, PART_MOST_BYTES } from './line.ts';

/** Where the parts of a record wait that are there; by their number, from 0. */
type Waiting = Map<number, { readonly slot: number; readonly bytes: number }>;

/**
 * Puts the parts of large records together, in whatever order and however often they come. What waits for its other
 * parts is on disk; memory holds a short text for each large record, also when it is whole: a part may come once more.
 */
export class Joining {
  readonly #folder: string;
  readonly #records = new Map<string, Waiting | 'whole'>();
  readonly #free: number[] = [];
  #file: ScratchFile | undefined;
  #slots = 0;

  /** `folder`: where temporary files go. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The record's bytes when this was the last part of it that was not there. */
  add({ shard, sequenceNumber, part, parts, data }: ArchiveLine): Buffer | undefined {
    const key = `${shard} ${sequenceNumber} ${parts}`;
    const known = this.#records.get(key) ?? new Map();
    if (known === 'whole' || known.has(part - 1)) return undefined;
    this.#records.set(key, known.set(part - 1, { slot: this.#keep(data), bytes: data.byteLength }));
    if (known.size < parts) return undefined;
    this.#records.set(key, 'whole');
    return this.#join(known);
  }

  /** Records of which parts are missing. */
  *incomplete(): Iterable<string> {
    for (const [key, state] of this.#records) {
      if (state === 'whole') continue;
      const [shard, sequenceNumber, parts] = key.split(' ');
      yield `record ${sequenceNumber} of ${shard}: ${state.size} of its ${parts} parts are there`;
    }
  }

  close(): void {
    this.#file?.close();
  }

  #keep(data: Buffer): number {
    const slot = this.#free.pop() ?? this.#slots++;
    this.#file ??= new ScratchFile(this.#folder);
    this.#file.write(data, slot * PART_MOST_BYTES);
    return slot;
  }

  #join(waiting: Waiting): Buffer {
    const pieces = [...waiting]
      .sort(([a], [b]) => a - b)
      .map(([, { slot, bytes }]) => {
        this.#free.push(slot);
        return this.#file?.read(slot * PART_MOST_BYTES, bytes) ?? Buffer.alloc(0);
      });
    return Buffer.concat(pieces);
  }
}
