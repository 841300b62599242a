import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Clock, Random } from '../core/clock.ts';
import { batches, type Entry, entryBytes, type Line } from './batches.ts';
import { type Delivering, deliver } from './deliver.ts';
import type { Refusal } from './event-line.ts';
import { kinesisPutRecords } from './kinesis/put-records.ts';
import { MAX_BATCH_RECORDS, MAX_RECORD_BYTES } from './limits.ts';

/** How far a producer has come. */
export interface Produced {
  /** Records that the stream has taken. */
  readonly sent: number;
  /** Their data, in bytes. */
  readonly bytes: number;
  /** Records sent again because the stream did not take them at first. */
  readonly retried: number;
  /** Lines the stream cannot take; `onRefused` told of each. */
  readonly refused: number;
}

export interface ProduceOptions {
  readonly client: KinesisClient;
  /** Name or ARN. */
  readonly stream: string;
  readonly lines: AsyncIterable<Line>;
  /** Events per second; as fast as the stream takes them where absent. */
  readonly rate?: number;
  /** A batch that is not full waits no longer than this for more. */
  readonly lingerMs?: number;
  /** How long nothing at all may get through before it is given up. */
  readonly patienceMs?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** After every request that brought the count forward. */
  readonly onProgress?: (produced: Produced) => void;
  readonly onRefused?: (refusal: Refusal) => void;
}

/** At a given rate, this many batches a second. */
const BATCHES_PER_SECOND = 10;

const batchRecords = (rate: number | undefined): number =>
  rate === undefined
    ? MAX_BATCH_RECORDS
    : Math.min(MAX_BATCH_RECORDS, Math.max(1, Math.floor(rate / BATCHES_PER_SECOND)));

/** Lines of a batch that no request can carry, told and left out. */
const sendable = (batch: readonly Entry[], refuse: (refusal: Refusal) => void): readonly Entry[] =>
  batch.filter((entry) => {
    const bytes = entryBytes(entry);
    if (bytes <= MAX_RECORD_BYTES) return true;
    const reason = `with its partition key it is ${bytes} bytes; a record holds ${MAX_RECORD_BYTES} at the most`;
    refuse({ origin: entry.origin, bytes: entry.bytes, reason });
    return false;
  });

/**
 * Puts lines on a stream, each as one record. Resolves when every line is taken or refused, or when stopped; rejects when
 * the stream cannot be written to at all.
 */
export const produce = async (options: ProduceOptions): Promise<Produced> => {
  const { clock, signal, rate } = options;
  let produced: Produced = { sent: 0, bytes: 0, retried: 0, refused: 0 };
  const tell = (more: Partial<Produced>) => {
    produced = { ...produced, ...more };
    options.onProgress?.(produced);
  };
  const parts: Delivering = {
    ...options,
    put: kinesisPutRecords(options.client, options.stream),
    patienceMs: options.patienceMs ?? 60_000,
    taken: (entries) =>
      tell({
        sent: produced.sent + entries.length,
        bytes: produced.bytes + entries.reduce((sum, entry) => sum + entry.bytes, 0),
      }),
    retried: (records) => tell({ retried: produced.retried + records }),
    refuse: (refusal) => {
      options.onRefused?.(refusal);
      tell({ refused: produced.refused + 1 });
    },
  };
  const policy = { maxRecords: batchRecords(rate), lingerMs: options.lingerMs ?? 100, clock, signal };
  const startedMs = clock.now();
  let handled = 0;
  for await (const batch of batches(options.lines, policy)) {
    const dueMs = rate === undefined ? 0 : startedMs + (handled / rate) * 1000;
    if (dueMs > clock.now()) await clock.sleep(dueMs - clock.now(), signal);
    await deliver(parts, sendable(batch, parts.refuse));
    handled += batch.length;
  }
  return produced;
};
