import type { TimeRange } from '../../core/time-range.ts';

export interface ReachInput {
  readonly range: TimeRange;
  readonly nowMs: number;
  readonly retentionMs: number;
  /** When the stream was made: before, there was nothing. */
  readonly createdMs: number;
  /** Whether the replay has begun before. */
  readonly begun: boolean;
}

/** What the stream still has of the range. */
export interface Reach {
  /** Whether the range begins with records that are trimmed by now. */
  readonly trimmed: boolean;
  /** Why it cannot be replayed whole. */
  readonly refused?: string;
  readonly warning?: string;
}

/** Shards that wait for others, and a slow sink, take their time, and records are trimmed meanwhile. */
const CLOSE_MS = 3_600_000;

const time = (ms: number): string => new Date(ms).toISOString();

/** Judges a range by the stream's retention. A replay that goes on may have read what is trimmed by now. */
export const reachOf = ({ range, nowMs, retentionMs, createdMs, begun }: ReachInput): Reach => {
  const horizonMs = nowMs - retentionMs;
  const oldestMs = Math.max(range.fromMs, createdMs);
  const horizon = `the stream keeps records for ${Math.round(retentionMs / 3_600_000)} h, now since ${time(horizonMs)}`;
  if (oldestMs < horizonMs) {
    if (begun) return { trimmed: true, warning: `${horizon}: what was not read of the range before, is lost` };
    return { trimmed: true, refused: `${horizon}, and the range begins before that; begin later` };
  }
  return oldestMs < horizonMs + CLOSE_MS
    ? { trimmed: false, warning: `${horizon}: records at the beginning of the range will soon be trimmed` }
    : { trimmed: false };
};
