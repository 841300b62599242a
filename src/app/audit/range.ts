import type { Clock } from '../../core/clock.ts';
import { describe, ShardlineError } from '../../core/errors.ts';
import type { TimeRange } from '../../core/time-range.ts';
import type { kinesisClient } from '../../source/kinesis/client.ts';
import { describeStream } from '../../source/kinesis/stream.ts';

/** Why nobody could audit the range at this time; undefined: it can be asked for. */
export const rangeProblem = ({ fromMs, toMs }: TimeRange, nowMs: number): string | undefined => {
  if (fromMs >= toMs) return '--from must lie before --to';
  return toMs > nowMs ? `--to must not lie in the future; it is ${new Date(nowMs).toISOString()} now` : undefined;
};

/** Why the stream cannot tell of the range; undefined: it can. */
export const retentionProblem = ({ fromMs }: TimeRange, nowMs: number, retentionMs: number): string | undefined => {
  const keptMs = nowMs - retentionMs;
  if (fromMs >= keptMs) return undefined;
  return `--from must not lie before ${new Date(keptMs).toISOString()}: the stream keeps records for ${retentionMs / 3_600_000} h, and every document of those it has dropped would seem unexpected`;
};

const refuse = (problem: string | undefined): void => {
  if (problem !== undefined) throw new ShardlineError('SHARDLINE_USAGE', problem);
};

/** Refuses, with SHARDLINE_USAGE, a range that nobody could audit at this time. */
export const checkBounds = (range: TimeRange, nowMs: number): void => refuse(rangeProblem(range, nowMs));

export interface RangeParts {
  readonly kinesis: ReturnType<typeof kinesisClient>;
  /** Name or ARN. */
  readonly stream: string;
  readonly range: TimeRange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Refuses a range that the stream does not hold, with SHARDLINE_USAGE; returns how long the stream keeps records,
 * milliseconds. Rejects when the stream cannot be asked.
 */
export const checkRange = async ({ kinesis, stream, range, clock, signal }: RangeParts): Promise<number> => {
  const nowMs = clock.wall().getTime();
  checkBounds(range, nowMs);
  const { retentionMs } = await describeStream(kinesis, stream, signal).catch((cause: unknown) => {
    throw new Error(`the stream ${stream} cannot be asked: ${describe(cause)}`, { cause });
  });
  refuse(retentionProblem(range, nowMs, retentionMs));
  return retentionMs;
};
