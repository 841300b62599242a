import type { Audit } from '../../audit/audit.ts';
import { openTracker } from '../../checkpoint/tracker.ts';
import type { Config } from '../../config/tree.ts';
import type { Clock, Random } from '../../core/clock.ts';
import { type Delivery, digestIn, documentOf } from '../../core/delivery.ts';
import type { Log } from '../../core/log.ts';
import type { Transform } from '../../core/message.ts';
import type { Page } from '../../core/page.ts';
import type { Start } from '../../core/position.ts';
import type { Shard } from '../../core/shard.ts';
import type { Source } from '../../core/source.ts';
import type { TimeRange } from '../../core/time-range.ts';
import { workerBudget } from '../../pipeline/budget.ts';
import { walkPage } from '../../pipeline/page.ts';
import type { PageStages } from '../../pipeline/walk.ts';
import { contentDigest } from '../../sink/content-digest.ts';
import type { kinesisClient } from '../../source/kinesis/client.ts';
import { silentObserver } from '../../source/kinesis/observer.ts';
import { kinesisPolling } from '../../source/kinesis/polling.ts';
import { startOf } from '../../source/kinesis/range.ts';
import { documentStages } from '../stages.ts';

interface StreamSideParts {
  readonly config: Config;
  /** The stream's name, as it stands in ids. */
  readonly stream: string;
  readonly transform: Transform;
  /** Takes down digests of what documents hold, instead of those that they carry. */
  readonly contents: boolean;
  readonly clock: Clock;
}

/** Takes what the stream's records become. */
type Sides = Pick<Audit, 'record' | 'expect' | 'unreadable'>;

const recordOf = (delivery: Delivery) => {
  const record = delivery.records.at(delivery.recordIndex);
  if (!record) throw new Error(`a document of record ${delivery.recordIndex} of ${delivery.records.length}`);
  return record;
};

/** What is replaced, routed, put elsewhere or sent through a pipeline need not stand where and as the stream says. */
const refuseSpecial = ({ special, id }: Delivery): void => {
  if (special === undefined) return;
  throw new Error(
    `the transform gives document ${id.slice(0, 80)} an op, version, index, routing or pipeline; only plain documents can be audited`,
  );
};

const contentsOf = (delivery: Delivery): string => contentDigest(JSON.parse(documentOf(delivery))) ?? '';

/** The stages of the service, but that documents and letters are taken down instead of sent. */
const stagesOf = ({ config, stream, transform, contents, clock }: StreamSideParts, sides: Sides): PageStages => {
  const digestOf = contents ? contentsOf : digestIn;
  return {
    ...documentStages({ config, stream, transform, clock }),
    stream,
    submit: (deliveries) => {
      for (const delivery of deliveries) {
        refuseSpecial(delivery);
        const { index, id, shard, subSequenceNumber, ordinal, arrivedMs, ticket, recordIndex } = delivery;
        const { sequenceNumber } = recordOf(delivery);
        const digest = digestOf(delivery);
        sides.expect({ index, id, digest, shard, sequenceNumber, subSequenceNumber, ordinal, arrivedMs });
        ticket.settle(recordIndex);
      }
    },
    post: (letter, ticket, recordIndex) => {
      const { shard, sequenceNumber, subSequenceNumber, ordinal, arrivedMs, reason } = letter;
      sides.unreadable({ shard, sequenceNumber, subSequenceNumber, ordinal, arrivedMs, reason });
      ticket.settle(recordIndex);
    },
    room: async () => {},
    crowded: () => false,
    clock,
  };
};

const countRecords = ({ records }: Page, shard: string, sides: Sides): void => {
  for (let i = 0; i < records.length; i += 1) {
    const record = records.at(i);
    if (record) sides.record({ shard, arrivedMs: record.arrivedMs });
  }
};

export interface RangeSourceOptions {
  readonly config: Config;
  readonly kinesis: ReturnType<typeof kinesisClient>;
  readonly range: TimeRange;
  /** How often each shard is read in a second. */
  readonly readsPerSecond: number;
  /** Records of a shard were dropped by the stream before they were read. */
  readonly onLost: (shardId: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Reads a range only, and gently: a live worker reads the same shards. */
export const rangeSource = (options: RangeSourceOptions, shards = 1): { source: Source; start: Start } => {
  const { kinesis, config, range, readsPerSecond, onLost, clock, random, log } = options;
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

export interface StreamSideOptions extends StreamSideParts, RangeSourceOptions {
  readonly shards: readonly Shard[];
  readonly signal: AbortSignal;
}

/**
 * Reads each shard's part of the range to its end, and takes down what the service would make of it today. Ends early
 * when the signal aborts.
 */
export const readStream = async (options: StreamSideOptions, sides: Sides): Promise<void> => {
  const { shards, signal } = options;
  const { source, start } = rangeSource(options, shards.length);
  const readShard = async (shard: Shard): Promise<void> => {
    const stages = stagesOf(options, sides);
    const tracker = openTracker();
    for await (const page of source.read(shard, start, signal)) {
      countRecords(page, shard.id, sides);
      await walkPage(stages, shard.id, page, tracker.open(page), { lost: signal, halt: signal });
    }
    tracker.abandon();
  };
  await Promise.all(shards.map(readShard));
};
