import { isInYears } from '../years.ts';

const DAY_MS = 86_400_000;
/** The calendar repeats every 400 years; `Date.UTC` takes the years 0 to 99 for 1900 to 1999, so it is asked 400 later. */
const CYCLE_MS = 146_097 * DAY_MS;

export const INSTANT_EXPECTED = 'an ISO-8601 date and time, or epoch seconds or milliseconds, in the years 1 to 9999';

const ISO =
  /^(\d{4})-(0[1-9]|1[0-2])-(\d\d)(?:T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,9}))?)?(?:Z|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?)?$/;

const within = (ms: number): number | undefined => (isInYears(ms) ? ms : undefined);

const digits = (text: string, from: number, to: number): number => {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
};

let lastDay = '';
let lastDayMs = Number.NaN;

/**
 * The form that JavaScript itself writes, `2018-11-01T20:57:10.000Z`, without the regular expression; undefined for any
 * other, right or wrong. The last day is remembered: events that arrive together mostly share it.
 */
const canonicalMs = (text: string): number | undefined => {
  if (text.length !== 24 || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return undefined;
  if (text[19] !== '.' || text[23] !== 'Z') return undefined;
  if (!text.startsWith(lastDay) || lastDay === '') {
    const dayMs = isoMs(text.slice(0, 10));
    if (dayMs === undefined) return undefined;
    lastDay = text.slice(0, 10);
    lastDayMs = dayMs;
  }
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  const ms = hour * 3_600_000 + minute * 60_000 + second * 1000 + digits(text, 20, 23);
  return hour < 24 && minute < 60 && second < 60 && !Number.isNaN(ms) ? lastDayMs + ms : undefined;
};

/** ISO-8601 by hand: `Date.parse` also reads "1 Nov", "2018-02-31" and local times, each by rules of its own. */
const isoMs = (text: string): number | undefined => {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [
    ,
    year,
    month,
    day,
    hour = 0,
    minute = 0,
    second = 0,
    fraction = '',
    sign,
    offsetHours = 0,
    offsetMinutes = 0,
  ] = match;
  const date = Date.UTC(Number(year) + 400, Number(month) - 1, Number(day));
  // A 30 February would have moved on into March.
  if (new Date(date).getUTCDate() !== Number(day)) return undefined;
  const minutes = Number(hour) * 60 + Number(minute);
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes));
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
  return within(date - CYCLE_MS + (minutes - offset) * 60_000 + Number(second) * 1000 + ms);
};

/**
 * Epoch milliseconds of an instant: ISO-8601 (UTC where it names no zone, so that the result never depends on the
 * machine), or a number. A number is seconds where that lies in the years 1 to 9999, else milliseconds: so all seconds
 * are right, and all milliseconds outside the years 1968 to 1977.
 */
export const readInstant = (value: unknown): number | undefined => {
  if (typeof value === 'string') return canonicalMs(value) ?? isoMs(value);
  if (typeof value !== 'number') return undefined;
  return within(Math.round(value * 1000)) ?? within(Math.trunc(value));
};
