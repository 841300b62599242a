import type { Start } from '../../core/position.ts';
import type { TimeRange } from '../../core/time-range.ts';

/**
 * How far a record's arrival may lie from those of its neighbours in the shard, and from the clock of Kinesis. By the API
 * reference of GetRecords arrivals are approximate and, also within a shard, not always increasing; it names no bound. So reading begins a minute before a range and ends a minute behind it, and each record is judged by itself.
 */
export const SLACK_MS = 60_000;

/** Where reading begins, so that nothing of the range is left out. */
export const startOf = ({ fromMs }: TimeRange): Extract<Start, { at: 'AT_TIMESTAMP' }> => ({
  at: 'AT_TIMESTAMP',
  timestampMs: Math.max(0, fromMs - SLACK_MS),
});

/** How far a read came. */
export interface Reached {
  /** Arrival of the last record of the answer, in the range or not. */
  readonly lastArrivedMs: number | undefined;
  /** MillisBehindLatest of the answer. */
  readonly behindMs: number;
  /** When Kinesis answered, epoch milliseconds by its own clock: ours may be ahead of it. */
  readonly answeredMs: number;
}

/**
 * Whether nothing of the range can come after an answer: its last record arrived late enough, or the answer ended late
 * enough by Kinesis's own account. At the tip (0 behind) of a quiet shard that is the time of answering: what is put later
 * arrives later.
 */
export const isPast = ({ toMs }: TimeRange, { lastArrivedMs, behindMs, answeredMs }: Reached): boolean =>
  Math.max(lastArrivedMs ?? Number.NEGATIVE_INFINITY, answeredMs - behindMs) >= toMs + SLACK_MS;
