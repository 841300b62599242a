const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

const padded = (count: number, digits: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => String(n).padStart(digits, '0'));

const TWO = padded(60, 2);
const THREE = padded(1_000, 3);

let lastDayMs = Number.NaN;
let lastDay = '';

/**
 * What `new Date(ms).toISOString()` gives, in a fifth of its time: it is asked for with every event, and events that
 * arrive together mostly share their day. For whole milliseconds of the years 1 to 9999.
 */
export const isoTime = (ms: number): string => {
  const dayMs = Math.floor(ms / DAY_MS) * DAY_MS;
  if (dayMs !== lastDayMs) {
    lastDay = new Date(dayMs).toISOString().slice(0, 11);
    lastDayMs = dayMs;
  }
  const inDay = ms - dayMs;
  const hour = Math.floor(inDay / HOUR_MS);
  const minute = Math.floor(inDay / MINUTE_MS) % 60;
  const second = Math.floor(inDay / SECOND_MS) % 60;
  return `${lastDay}${TWO[hour]}:${TWO[minute]}:${TWO[second]}.${THREE[inDay % SECOND_MS]}Z`;
};
