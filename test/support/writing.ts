import type { Delivery, Outcome } from '../../src/core/delivery.ts';
import { silentLog } from '../../src/core/log.ts';
import { BulkWriter } from '../../src/sink/bulk-writer.ts';
import { type MemoryTarget, memoryTarget } from '../../src/sink/memory/target.ts';
import type { WriterOptions } from '../../src/sink/writer-options.ts';
import { type ManualClock, manualClock, seeded } from './clock.ts';
import { unobserved } from './unobserved.ts';

/** A bulk writer on a sink in memory, with what it sent and what became of it. */
export interface Writing {
  readonly clock: ManualClock;
  readonly target: MemoryTarget;
  readonly writer: BulkWriter;
  /** The ids of each request. */
  readonly requests: (readonly string[])[];
  /** What became of each document by its id: its outcome, or the reason of its letter. */
  readonly fates: ReadonlyMap<string, readonly string[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts one; dispose of it at the end (`await using`). */
export const startWriting = (options: Partial<WriterOptions> = {}): Writing => {
  const clock = manualClock();
  const target = memoryTarget();
  const requests: (readonly string[])[] = [];
  const fates = new Map<string, string[]>();
  const { write } = target;
  target.write = (batch, signal) => {
    requests.push(batch.map(({ id }) => id));
    return write(batch, signal);
  };
  const settle = (settled: readonly Delivery[], outcome: Outcome) => {
    const fate = outcome.status === 'rejected' ? outcome.reason : outcome.status;
    for (const { id } of settled) fates.set(id, [...(fates.get(id) ?? []), fate]);
  };
  const writer = new BulkWriter({
    target,
    limits: { maxBytes: 1_000_000, maxDocuments: 100, maxAgeMs: 200 },
    maxInFlight: 2,
    backoff: { firstMs: 100, maxMs: 2_000 },
    retryForMs: 60_000,
    settle,
    observe: unobserved,
    clock,
    random: seeded(1),
    log: silentLog,
    ...options,
  });
  const running = writer.run();
  return {
    clock,
    target,
    writer,
    requests,
    fates,
    [Symbol.asyncDispose]: async () => {
      writer.close();
      await running;
    },
  };
};
