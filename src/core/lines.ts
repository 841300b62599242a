/**
 * The lines of a slice's deliveries, as UTF-8 in one piece that does not lie on the JavaScript heap: there the garbage
 * collector would copy every document that waits for its answer, again and again.
 */
export class Lines {
  #texts: string[] = [];
  #bytes = 0;
  #packed: Buffer | undefined;

  /** Takes the next lines in, and says how many bytes they have. Only before anything was packed. */
  add(text: string): number {
    const bytes = Buffer.byteLength(text);
    this.#texts.push(text);
    this.#bytes += bytes;
    return bytes;
  }

  /** Where the next lines will begin. */
  end(): number {
    return this.#bytes;
  }

  /** Writes all texts into the one piece and lets go of them. */
  pack(): Buffer {
    if (this.#packed) return this.#packed;
    // Not from Node's pool: a small piece would keep other people's memory.
    const packed = Buffer.allocUnsafeSlow(this.#bytes);
    let at = 0;
    for (const text of this.#texts) at += packed.write(text, at);
    this.#texts = [];
    this.#packed = packed;
    return packed;
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
    pieces.push(lines.pack().subarray(start, end));
  }
  const [only] = pieces;
  return only && pieces.length === 1 ? only : Buffer.concat(pieces);
};
