import { InvalidArgumentError } from 'commander';
import { parseStart } from '../config/start.ts';
import { parseDuration } from '../config/units.ts';
import { systemClock } from '../core/clock.ts';

/** A number above 0. */
export const parseRate =
  (what: string) =>
  (text: string): number => {
    const rate = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && rate > 0) return rate;
    throw new InvalidArgumentError(`Expected ${what} per second, a number above 0.`);
  };

/** All readers of a shard together (GetRecords' quota). */
const MOST_READS = 5;

/** Reads of each shard per second. */
export const parseReads = (text: string): number => {
  const reads = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && reads > 0 && reads <= MOST_READS) return reads;
  throw new InvalidArgumentError(`Expected reads of each shard per second, above 0 and at most ${MOST_READS}.`);
};

/** A moment, epoch milliseconds: an ISO-8601 time, or how long ago. */
export const parseMoment = (text: string): number => {
  const start = parseStart(text);
  if (start?.at === 'AT_TIMESTAMP') return start.timestampMs;
  const agoMs = parseDuration(text);
  if (!Number.isNaN(agoMs)) return systemClock.wall().getTime() - agoMs;
  throw new InvalidArgumentError(
    'Expected a time with its zone such as 2026-01-02T03:04:05Z, or how long ago such as 24h.',
  );
};
