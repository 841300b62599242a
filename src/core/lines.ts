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
  #block: Buffer | undefined;
  #end = 0;

  /** Whatever was being written is given up. */
  constructor() {
    writing = this;
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

  /** Nothing more is coming: takes the lines out of the way of the next slice's. */
  close(): void {
    if (writing !== this) return;
    writing = undefined;
    // Not from Node's pool: a small block would keep other people's memory.
    this.#block = Buffer.allocUnsafeSlow(this.#end);
    scratch.copy(this.#block, 0, 0, this.#end);
    if (scratch.length > LARGEST_SCRATCH_BYTES) scratch = Buffer.allocUnsafeSlow(LARGEST_SCRATCH_BYTES);
  }

  bytes(start: number, end: number): Buffer {
    if (!this.#block) throw new Error('lines were asked for before their slice was over');
    return this.#block.subarray(start, end);
  }
}

/** A stretch of lines. */
export interface Stretch {
  readonly lines: Lines;
  readonly start: number;
  readonly bytes: number;
}

/** The bytes of stretches one after another; neighbours are taken in one piece. */
export const bytesOf = (stretches: readonly Stretch[]): Buffer => {
  const pieces: Buffer[] = [];
  for (let i = 0; i < stretches.length; ) {
    const first = stretches[i];
    if (!first) break;
    const { lines, start } = first;
    let end = start;
    for (let next: Stretch | undefined = first; next?.lines === lines && next.start === end; next = stretches[i]) {
      end += next.bytes;
      i += 1;
    }
    pieces.push(lines.bytes(start, end));
  }
  const [only] = pieces;
  return only && pieces.length === 1 ? only : Buffer.concat(pieces);
};
