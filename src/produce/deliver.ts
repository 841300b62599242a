import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import { ShardlineError } from '../core/errors.ts';
import type { Entry } from './batches.ts';
import type { Refusal } from './event-line.ts';
import type { PutRecords } from './kinesis/put-records.ts';

const BACKOFF: BackoffPolicy = { firstMs: 100, maxMs: 5_000 };

export interface Delivering {
  readonly put: PutRecords;
  readonly stream: string;
  /** How long nothing at all may get through before it is given up. */
  readonly patienceMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  taken(entries: readonly Entry[]): void;
  retried(records: number): void;
  refuse(refusal: Refusal): void;
}

const failed = (stream: string, why: string, cause: string): ShardlineError =>
  new ShardlineError('SHARDLINE_PRODUCE_FAILED', `the stream ${stream} cannot be written to: ${why}; ${cause}`);

/** A request that is refused whole is halved until the record it is refused for stands alone. */
const halve = async (parts: Delivering, entries: readonly Entry[], why: string): Promise<void> => {
  const [only, ...others] = entries;
  if (only && others.length === 0) return parts.refuse({ origin: only.origin, bytes: only.bytes, reason: why });
  const middle = entries.length >> 1;
  await deliver(parts, entries.slice(0, middle));
  await deliver(parts, entries.slice(middle));
};

/** Sends a batch until every entry of it is taken or refused; only what failed is sent again. Ends early when stopped. */
export const deliver = async (parts: Delivering, entries: readonly Entry[]): Promise<void> => {
  const { clock, random, signal, stream } = parts;
  let rest = entries;
  let quietSinceMs = clock.now();
  for (let attempt = 0; rest.length > 0 && !signal.aborted; attempt++) {
    const answer = await parts.put(rest, signal);
    if (signal.aborted && !('again' in answer)) return;
    if ('refused' in answer) return halve(parts, rest, answer.refused);
    if ('hopeless' in answer)
      throw failed(stream, answer.hopeless, "check the stream's name, the region and the permissions");
    const again = 'again' in answer ? answer.again : rest;
    if (again.length < rest.length) {
      const left = new Set(again);
      parts.taken(rest.filter((entry) => !left.has(entry)));
      quietSinceMs = clock.now();
      attempt = 0;
    }
    rest = again;
    if (rest.length === 0) return;
    if (clock.now() - quietSinceMs >= parts.patienceMs)
      throw failed(
        stream,
        'again' in answer ? answer.why : answer.unsent,
        `nothing got through for ${Math.round(parts.patienceMs / 1000)} s`,
      );
    parts.retried(rest.length);
    await clock.sleep(backoffMs(attempt, BACKOFF, random), signal);
  }
};
