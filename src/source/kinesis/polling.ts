import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Clock, Random } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import type { Budget } from '../../core/page.ts';
import type { Source } from '../../core/source.ts';
import type { TimeRange } from '../../core/time-range.ts';
import { type ReadObserver, silentObserver } from './observer.ts';
import type { PacePolicy } from './pace.ts';
import { withQuickReading } from './quick-reading.ts';
import { ShardReader } from './shard-reader.ts';

export interface PollingOptions {
  readonly client: KinesisClient;
  /** Name or ARN. */
  readonly stream: string;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly observe?: ReadObserver;
  readonly pace?: PacePolicy;
  /**
   * Only what arrived within it is handed on, and a shard ends when nothing of it can come any more: its last page then
   * names no children. Reading begins at `startOf(range)`, and goes on at a child's TRIM_HORIZON.
   */
  readonly range?: TimeRange | undefined;
}

/** What a shard's reader works with. */
export type ReaderParts = Required<PollingOptions>;

/**
 * Five reads a second are all that Kinesis allows a shard; a reader at the tip leaves one of them to others. Where nothing
 * has come for a minute, what comes next may wait a second: most of what an idle worker costs is asking.
 */
const PACE: PacePolicy = { floorMs: 200, idleMs: 250, quiet: { afterMs: 60_000, everyMs: 1_000 } };

/** Reads shards with GetRecords: the source for `retrieval: polling`. */
export const kinesisPolling = (options: PollingOptions): Source => {
  const client = withQuickReading(options.client);
  const parts: ReaderParts = { observe: silentObserver, pace: PACE, range: undefined, ...options, client };
  return {
    async *read(shard, from, signal) {
      if (from.at === 'SHARD_END') return;
      const reader = new ShardReader(parts, shard, from);
      while (!signal.aborted) {
        const page = await reader.next(signal);
        if (!page) continue;
        yield page;
        if (page.children) return;
      }
    },
  };
};
