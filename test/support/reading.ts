import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { systemClock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import type { Page, SourceRecord } from '../../src/core/page.ts';
import { type Position, TRIM_HORIZON } from '../../src/core/position.ts';
import type { Shard } from '../../src/core/shard.ts';
import { kinesisPolling, type PollingOptions } from '../../src/source/kinesis/polling.ts';
import { openBudget } from './budget.ts';
import { seeded } from './clock.ts';
import { STREAM, shardId } from './kinesis.ts';
import { shard } from './shard.ts';

/** A shard by its index. */
export const shardNamed = (index: number): Shard => shard(shardId(index));

/** What an observer was told, one line each. */
export const hearing = () => {
  const heard: string[] = [];
  return {
    heard,
    observe: {
      read: (_shard: string, records: number) => void heard.push(`read ${records}`),
      behind: (_shard: string, behindMs: number) => void heard.push(behindMs === 0 ? 'tip' : 'behind'),
      throttled: () => void heard.push('throttled'),
      failed: (_shard: string, message: string) => void heard.push(`failed ${message}`),
      lost: (_shard: string, position: Position) => void heard.push(`lost ${position.at}`),
    },
  };
};

/** A source that does not dawdle. */
export const pollingOf = (client: KinesisClient, options: Partial<PollingOptions> = {}) =>
  kinesisPolling({
    client,
    stream: STREAM,
    budget: openBudget(),
    clock: systemClock,
    random: seeded(1),
    log: silentLog,
    pace: { floorMs: 2, idleMs: 5 },
    ...options,
  });

/** A page's records as a list. */
export const recordsOf = ({ records }: Pick<Page, 'records'>): readonly SourceRecord[] =>
  Array.from({ length: records.length }, (_, i) => records.at(i)).filter((record) => record !== undefined);

const textsOf = (pages: readonly Page[]): readonly string[] =>
  pages.flatMap((page) => recordsOf(page).map((record) => Buffer.from(record.data).toString()));

export interface Reading {
  readonly pages: Page[];
  texts(): readonly string[];
  /** Aborts and waits for the end. */
  stop(): Promise<void>;
  /** Resolves when the loop has ended. */
  readonly ended: Promise<void>;
}

/** Reads in the background and gives each page's memory back at once. */
export const reading = (
  source: ReturnType<typeof pollingOf>,
  shard: Shard = shardNamed(0),
  from: Position = TRIM_HORIZON,
): Reading => {
  const stopping = new AbortController();
  const pages: Page[] = [];
  const run = async () => {
    for await (const page of source.read(shard, from, stopping.signal)) {
      pages.push(page);
      page.charge.release();
    }
  };
  const ended = run();
  return {
    pages,
    ended,
    texts: () => textsOf(pages),
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
};
