/** Lines that travel as one record of Firehose, and whose they are. */
export interface Pack {
  readonly text: string;
  readonly bytes: number;
  /** Places of the records in the list that was packed. */
  readonly places: ReadonlySet<number>;
}

/** Far below Firehose's limit, so that its requests, of at most 4 MB, are filled well. */
const PACK_BYTES = 500_000;

/**
 * Puts lines together: Firehose bills every record of its own as a multiple of 5 KB, and delivers what is in it as it is.
 * `lines` has those of each record; none is torn. Pure.
 */
export const pack = (lines: readonly (readonly string[])[]): readonly Pack[] => {
  const packs: Pack[] = [];
  let texts: string[] = [];
  let places = new Set<number>();
  let bytes = 0;
  const close = () => {
    if (texts.length > 0) packs.push({ text: texts.join('\n'), bytes: bytes - 1, places });
    texts = [];
    places = new Set();
    bytes = 0;
  };
  for (const [place, each] of lines.entries()) {
    for (const line of each) {
      const more = Buffer.byteLength(line) + 1;
      if (bytes + more > PACK_BYTES) close();
      texts.push(line);
      places.add(place);
      bytes += more;
    }
  }
  close();
  return packs;
};
