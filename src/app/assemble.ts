import { hostname } from 'node:os';
import type { Config } from '../config/tree.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../core/clock.ts';
import type { Work } from '../core/lease.ts';
import type { DeadLetters } from '../core/letter.ts';
import type { Log } from '../core/log.ts';
import type { Transform } from '../core/message.ts';
import type { TimeRange } from '../core/time-range.ts';
import { openBoard } from '../lease/board.ts';
import type { FleetTalk } from '../lease/coordination.ts';
import { coordinate } from '../lease/coordinator.ts';
import { dynamoDbClient } from '../lease/dynamodb/client.ts';
import { dynamoDbLeaseStore } from '../lease/dynamodb/store.ts';
import { workerBudget } from '../pipeline/budget.ts';
import { kinesisClient } from '../source/kinesis/client.ts';
import { listShards } from '../source/kinesis/shards.ts';
import { streamName } from '../source/kinesis/stream.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { openWorkerArchive } from './archive.ts';
import { openLetters } from './letters.ts';
import { shardProgress } from './progress.ts';
import { buildSink, type Totals } from './sink.ts';

/** What a worker gets from the process it runs in. */
export interface WorkerShell {
  readonly version: string;
  readonly pid: number;
  readonly log: (base: Readonly<Record<string, string>>) => Log;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Sees every letter before its target does. */
  readonly overLetters?: ((target: DeadLetters) => DeadLetters) | undefined;
}

/** Everything of a worker that its parts share. */
export const buildWorker = async (config: Config, transform: Transform, shell: WorkerShell) => {
  const { clock = systemClock, random = systemRandom, version } = shell;
  const workerId = `${hostname()}-${shell.pid}-${Math.floor(random() * 36 ** 6).toString(36)}`;
  const { overLetters = (target) => target } = shell;
  const letters = overLetters(await openLetters({ config, workerId, clock }));
  const log = shell.log({ application: config.application, worker: workerId });
  const stream = streamName(config.stream);
  const metrics = createMetrics({ stream, version });
  const totals: Totals = { read: 0, indexed: 0, duplicate: 0, stale: 0, dropped: 0, deadLettered: 0 };
  const progress = shardProgress(metrics, clock);
  const budget = workerBudget(config.memory.budgetBytes, progress.count);
  metrics.memoryBudget(config.memory.budgetBytes);
  const board = openBoard(clock);
  const sink = buildSink({ config, stream, totals, letters, metrics, expire: board.expire, clock, random, log });
  const archive = await openWorkerArchive({ config, stream, metrics, clock, random, log });
  const dynamoDb = dynamoDbClient(config.leases.failoverMs);
  const store = dynamoDbLeaseStore({
    client: dynamoDb,
    table: config.application,
    clock,
    countWrite: metrics.leaseWrite,
    countRead: metrics.leaseRead,
  });
  const kinesis = kinesisClient();
  const startedAt = clock.wall();
  const base = {
    clock,
    random,
    log,
    config,
    transform,
    stream,
    workerId,
    version,
    metrics,
    totals,
    progress,
    startedAt,
  };
  return { ...base, letters, budget, sink, archive, board, dynamoDb, store, kinesis };
};

export type Worker = Awaited<ReturnType<typeof buildWorker>>;

/** Leases, and the work on them, until the stop: of the whole stream, or of what of it may hold records of a range. */
export const holdLeases = (
  worker: Worker,
  work: Work,
  stop: AbortSignal,
  { range, talk }: { readonly range?: TimeRange; readonly talk?: FleetTalk } = {},
): Promise<void> => {
  const { config, store, kinesis, board, metrics, workerId, clock, random, log } = worker;
  return coordinate(
    {
      store,
      listShards: (signal) => listShards(kinesis, config.stream, signal, range),
      work,
      workerId,
      start: config.start,
      endsBeforeShards: range !== undefined,
      failoverMs: config.leases.failoverMs,
      clock,
      random,
      observe: { event: metrics.leaseEvent },
      log,
      board,
      talk,
    },
    stop,
  );
};

/** Has documents, letters and the archive sent as long as `carry` takes, and then what is left. Rejects when a part of our own broke. */
export const whileSending = async ({ sink, archive }: Worker, carry: () => Promise<unknown>): Promise<void> => {
  const { writer, letterbox } = sink;
  const sending = Promise.all([writer.run(), letterbox.run(), archive?.run()]);
  await Promise.race([carry(), sending]);
  writer.close();
  letterbox.close();
  archive?.close();
  await sending;
};
