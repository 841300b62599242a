import type { MissingRecords, Stretch } from '../../audit/missing-records.ts';
import type { Config } from '../../config/tree.ts';
import type { Clock, Random } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import type { Start } from '../../core/position.ts';
import type { Shard } from '../../core/shard.ts';
import type { Source } from '../../core/source.ts';
import type { TimeRange } from '../../core/time-range.ts';
import { workerBudget } from '../../pipeline/budget.ts';
import { kinesisClient } from '../../source/kinesis/client.ts';
import { silentObserver } from '../../source/kinesis/observer.ts';
import { kinesisPolling } from '../../source/kinesis/polling.ts';
import { startOf } from '../../source/kinesis/range.ts';
import { listShards } from '../../source/kinesis/shards.ts';
import { checkRange } from './range.ts';
import type { RecordSide, Take } from './record-side.ts';
import type { TakeDown } from './take-down.ts';

export interface StreamSideOptions {
  readonly config: Config;
  readonly range: TimeRange;
  /** How often each shard is read in a second. */
  readonly readsPerSecond: number;
  readonly note: (text: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

type Kinesis = ReturnType<typeof kinesisClient>;

/** Reads a range only, and gently: a live worker reads the same shards. */
const rangeSource = (
  { config, readsPerSecond, clock, random, log }: StreamSideOptions,
  kinesis: Kinesis,
  { range, shards, onLost }: { range: TimeRange; shards: number; onLost: (shard: string) => void },
): { source: Source; start: Start } => {
  const intervalMs = 1_000 / readsPerSecond;
  const source = kinesisPolling({
    client: kinesis,
    stream: config.stream,
    budget: workerBudget(config.memory.budgetBytes, () => shards),
    pace: { floorMs: intervalMs, idleMs: intervalMs },
    observe: { ...silentObserver, lost: onLost },
    range,
    clock,
    random,
    log,
  });
  return { source, start: startOf(range) };
};

/** Reads each shard's part of the range to its end. */
const readAll = async (options: StreamSideOptions, kinesis: Kinesis, open: () => TakeDown): Promise<void> => {
  const { config, range, note, signal } = options;
  const shards = await listShards(kinesis, config.stream, signal, range);
  const onLost = (shard: string) => note(`shard ${shard}: the stream dropped records before they were read`);
  const { source, start } = rangeSource(options, kinesis, { range, shards: shards.length, onLost });
  const readShard = async (shard: Shard): Promise<void> => {
    const takeDown = open();
    for await (const page of source.read(shard, start, signal)) await takeDown.page(shard.id, page);
    takeDown.close();
  };
  await Promise.all(shards.map(readShard));
};

/** Reads one shard's stretch again for what is missing of it. */
const readAgain = async (
  options: StreamSideOptions,
  kinesis: Kinesis,
  { shard, stretch, shards }: { shard: string; stretch: Stretch; shards: number },
  take: Take,
): Promise<void> => {
  const range = { fromMs: stretch.firstMs, toMs: stretch.lastMs + 1 };
  const onLost = () => options.note(`shard ${shard}: the stream dropped records before they were put back`);
  const { source, start } = rangeSource(options, kinesis, { range, shards, onLost });
  const itself: Shard = { id: shard, parents: [], hashRange: undefined };
  for await (const { records, charge } of source.read(itself, start, options.signal)) {
    for (let i = 0; i < records.length; i += 1) {
      const record = records.at(i);
      // The page that it stands in need not be kept for it.
      if (record && stretch.records.has(record.sequenceNumber))
        await take(shard, { ...record, data: new Uint8Array(record.data) });
    }
    charge.release();
  }
};

/** What arrived, read from the stream itself. */
export const streamSide = (options: StreamSideOptions): RecordSide => {
  const { config, range, note, clock, signal } = options;
  const kinesis = kinesisClient();
  let retentionMs = Number.POSITIVE_INFINITY;
  return {
    doing: () => 'reading the stream',
    copies: false,
    async check() {
      retentionMs = await checkRange({ kinesis, stream: config.stream, range, clock, signal });
    },
    read: (open) => readAll(options, kinesis, open),
    shards: () => listShards(kinesis, config.stream, signal),
    conclude() {
      if (clock.wall().getTime() - retentionMs > range.fromMs)
        note('while they were read, the stream dropped records of the range: some documents may seem unexpected');
      return undefined;
    },
    async again(missing: MissingRecords, take: Take) {
      const all = [...missing.shards()];
      const readEach = ([shard, stretch]: readonly [string, Stretch]) =>
        readAgain(options, kinesis, { shard, stretch, shards: all.length }, take);
      await Promise.all(all.map(readEach));
    },
    close: () => kinesis.destroy(),
  };
};
