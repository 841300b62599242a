const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Only text of Latin-1 characters, and not all of them ASCII, can be UTF-8 that was read as Latin-1. */
const HIGH = /[\u0080-\u00ff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of Latin-1 is meant
const BEYOND = /[^\u0000-\u00ff]/;

/**
 * Undoes UTF-8 that was taken for Latin-1 and encoded again, as often as it was: only while every character is a byte
 * and all bytes together are valid UTF-8. Any other text comes back as it is. Each round makes the text shorter.
 */
export const repairText = (text: string): string => {
  let repaired = text;
  while (HIGH.test(repaired) && !BEYOND.test(repaired)) {
    try {
      repaired = utf8.decode(Buffer.from(repaired, 'latin1'));
    } catch {
      return repaired;
    }
  }
  return repaired;
};
