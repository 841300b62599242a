/** OpenSearch's parser refuses what is nested deeper; and whether JSON.stringify can write it depends on Node's version. */
export const MAX_LEVELS = 1_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** The index of the quote that ends the string begun at `start`. */
const endOfString = (json: string, start: number): number => {
  let at = start + 1;
  for (let unit = json.charCodeAt(at); unit !== QUOTE && at < json.length; unit = json.charCodeAt(at)) {
    at += unit === BACKSLASH ? 2 : 1;
  }
  return at;
};

/** Whether valid JSON text is nested too deep. Only text long enough to be is looked through at all. */
export const isTooDeep = (json: string): boolean => {
  if (json.length < 2 * MAX_LEVELS) return false;
  let level = 0;
  for (let at = 0; at < json.length; at += 1) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(json, at);
    else if (OPENING.has(unit)) {
      level += 1;
      if (level > MAX_LEVELS) return true;
    } else if (CLOSING.has(unit)) level -= 1;
  }
  return false;
};
