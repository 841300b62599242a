const NEWLINE = 0x0a;

/** No letter is longer: OpenSearch takes no document of 100 MB, Kinesis no record of 10 MB. */
export const LINE_MOST_BYTES = 268_435_456;

/** A line without its newline. */
export interface Line {
  /** Counted from 0. */
  readonly number: number;
  readonly bytes: Buffer;
  /** Whether a newline ended it. A last line without one may have been torn. */
  readonly ended: boolean;
}

/** Parts bytes into lines, those of a piece together; throws for one that is longer than any letter. */
export async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncIterable<readonly Line[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let number = 0;
  const line = (ended: boolean): Line => {
    const bytes = rest.length === 1 ? (rest[0] ?? Buffer.alloc(0)) : Buffer.concat(rest);
    rest = [];
    restBytes = 0;
    number += 1;
    return { number: number - 1, bytes, ended };
  };
  for await (const piece of pieces) {
    const lines: Line[] = [];
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      rest.push(piece.subarray(from, end));
      lines.push(line(true));
      from = end + 1;
    }
    if (from < piece.length) rest.push(piece.subarray(from));
    restBytes += piece.length - from;
    if (restBytes > LINE_MOST_BYTES) throw new Error(`line ${number + 1} has more than ${LINE_MOST_BYTES} bytes`);
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield [line(false)];
}
