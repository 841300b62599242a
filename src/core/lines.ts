/** A UTF-16 unit has at most three bytes in UTF-8. */
const MOST_BYTES_PER_UNIT = 3;

/** Where lines are written before their number is known: memory that was used before costs nothing to get. */
let scratch = Buffer.allocUnsafeSlow(65_536);
/** One enormous document must not cost its memory for ever. */
const LARGEST_SCRATCH_BYTES = 4 * 1_048_576;
let writing: Lines | undefined;

/**
 * The lines of a slice's deliveries, as UTF-8 in one block that does not lie on the JavaScript heap: there the garbage
 * collector would copy every document that waits for its answer, again and again. One slice's are written at a time.
 */
export class Lines {
  #block: Buffer<ArrayBuffer> | undefined;
  #end = 0;
  #needed = Number.POSITIVE_INFINITY;

  /** Whatever was being written is given up. */
  constructor() {
    writing = this;
  }

  /** Lines that stand in a block already. */
  static of(block: Buffer<ArrayBuffer>): Lines {
    const lines = new Lines();
    writing = undefined;
    lines.#block = block;
    lines.#end = block.length;
    return lines;
  }

  /** Where the next text will begin. */
  end(): number {
    return this.#end;
  }

  write(text: string): void {
    if (writing !== this) throw new Error('lines were written after their slice was over');
    const needed = this.#end + MOST_BYTES_PER_UNIT * text.length;
    if (needed > scratch.length) {
      const larger = Buffer.allocUnsafeSlow(2 * needed);
      scratch.copy(larger, 0, 0, this.#end);
      scratch = larger;
    }
    this.#end += scratch.write(text, this.#end);
  }

  /**
   * Nothing more is coming: takes the lines out of the way of the next slice's. When so many stretches are released, the
   * block is given back; left out, it stays as long as anybody holds on to the lines.
   */
  close(stretches = Number.POSITIVE_INFINITY): void {
    if (writing !== this) return;
    writing = undefined;
    this.#needed = stretches;
    // Not from Node's pool: a small block would keep other people's memory.
    this.#block = Buffer.allocUnsafeSlow(this.#end);
    scratch.copy(this.#block, 0, 0, this.#end);
    if (scratch.length > LARGEST_SCRATCH_BYTES) scratch = Buffer.allocUnsafeSlow(LARGEST_SCRATCH_BYTES);
  }

  /** A stretch is needed no more. */
  release(): void {
    this.#needed -= 1;
    if (this.#needed > 0 || !this.#block) return;
    giveBack(this.#block);
    this.#block = undefined;
  }

  /** A view that is good until the last stretch is released: for reading at once. */
  bytes(start: number, end: number): Buffer {
    if (!this.#block)
      throw new Error(
        `lines were asked for ${this.#needed > 0 ? 'before their slice was over' : 'after their release'}`,
      );
    return this.#block.subarray(start, end);
  }
}

/**
 * Gives a block's memory back now. V8 counts memory outside the heap as growth of the old generation, and collects that
 * generation sooner the more of it waits to be found dead. What still looks at the block finds it empty, so nobody may;
 * and a socket that is still writing it would read memory of somebody else.
 */
export const giveBack = (block: Buffer<ArrayBuffer>): void => {
  block.buffer.transfer(0);
};

/** A stretch of lines. */
export interface Stretch {
  readonly lines: Lines;
  readonly start: number;
  readonly bytes: number;
}

/** The bytes of stretches one after another, copied into a block of their own. */
export const bytesOf = (stretches: readonly Stretch[]): Buffer<ArrayBuffer> => {
  let length = 0;
  for (const { bytes } of stretches) length += bytes;
  // Not from Node's pool: it could not be given back.
  const joined = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (let i = 0; i < stretches.length; ) {
    const first = stretches[i];
    if (!first) break;
    const { lines, start } = first;
    let end = start;
    // Neighbours are copied in one piece.
    for (let next: Stretch | undefined = first; next?.lines === lines && next.start === end; next = stretches[i]) {
      end += next.bytes;
      i += 1;
    }
    at += lines.bytes(start, end).copy(joined, at);
  }
  return joined;
};
