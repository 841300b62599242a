/** A stretch of arrival times, epoch milliseconds: from `fromMs` on, until before `toMs`. Ranges that touch share nothing. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Whether a moment lies within the range. */
export const holds = ({ fromMs, toMs }: TimeRange, ms: number): boolean => fromMs <= ms && ms < toMs;
