const NEWLINE = 0x0a;

/** JSON's own white space (RFC 8259, 2); a CR before the newline is part of it. */
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0d || byte === 0x09;

/**
 * The lines that hold more than white space, as views into the record (no copies); undefined when there are more than
 * `maxLines`. Split as bytes, so that a line that is no UTF-8 spoils only itself.
 */
export const contentLines = (bytes: Uint8Array, maxLines: number): readonly Uint8Array[] | undefined => {
  const lines: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    const end = newline < 0 ? bytes.length : newline;
    const line = bytes.subarray(from, end);
    if (!line.every(isSpace)) {
      if (lines.length === maxLines) return undefined;
      lines.push(line);
    }
    from = end + 1;
  }
  return lines;
};
