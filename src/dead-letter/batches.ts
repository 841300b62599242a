/** What a target takes at once. */
export interface Limits {
  /** Most bytes of one letter. */
  readonly letterBytes: number;
  /** Most bytes of all letters of a request. */
  readonly requestBytes: number;
  /** Most letters of a request. */
  readonly requestLetters: number;
}

/** Parts entries into requests, in their order, each as full as the limits let it be. None is larger than a request. */
export const batches = <T extends { readonly bytes: number }>(
  entries: readonly T[],
  { requestBytes, requestLetters }: Limits,
): readonly (readonly T[])[] => {
  const parted: T[][] = [];
  let last: T[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (last.length === 0 || last.length >= requestLetters || bytes + entry.bytes > requestBytes) {
      last = [];
      bytes = 0;
      parted.push(last);
    }
    last.push(entry);
    bytes += entry.bytes;
  }
  return parted;
};
