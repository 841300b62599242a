import { hostname } from 'node:os';
import type { Config } from '../config/tree.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../core/clock.ts';
import { describe } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Transform } from '../core/message.ts';
import { type HttpServer, startHttp } from '../http/server.ts';
import { openBoard } from '../lease/board.ts';
import { coordinate } from '../lease/coordinator.ts';
import { dynamoDbClient } from '../lease/dynamodb/client.ts';
import { dynamoDbLeaseStore } from '../lease/dynamodb/store.ts';
import { workerBudget } from '../pipeline/budget.ts';
import { indexNamer } from '../sink/index-pattern.ts';
import { kinesisClient } from '../source/kinesis/client.ts';
import { listShards } from '../source/kinesis/shards.ts';
import { describeStream, streamName } from '../source/kinesis/stream.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { loadTransform } from '../transform/load.ts';
import { refuseCollection } from './collection.ts';
import { indicesAhead } from './index-ahead.ts';
import { openLetters } from './letters.ts';
import { isServerless } from './opensearch.ts';
import { probesOf } from './probes.ts';
import { shardProgress } from './progress.ts';
import { watchRetention } from './retention.ts';
import { buildSink, type Totals } from './sink.ts';
import { statusOf } from './status.ts';
import { type Stopping, stopping } from './stopping.ts';
import { ensureTemplate, templateOf } from './template.ts';
import { buildWork } from './work.ts';

/** What the service gets from the process it runs in. */
export interface ServiceShell {
  readonly version: string;
  readonly cwd: string;
  readonly pid: number;
  readonly log: (base: Readonly<Record<string, string>>) => Log;
  /** Calls back at each request to stop: the first drains, the second ends at once. */
  readonly onStopSignal: (callback: (signal: string) => void) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Everything of a running service that its parts share. */
const buildService = async (config: Config, transform: Transform, shell: ServiceShell) => {
  const { clock = systemClock, random = systemRandom, version } = shell;
  const workerId = `${hostname()}-${shell.pid}-${Math.floor(random() * 36 ** 6).toString(36)}`;
  const letters = await openLetters({ config, workerId, clock });
  const log = shell.log({ application: config.application, worker: workerId });
  const stream = streamName(config.stream);
  const metrics = createMetrics({ stream, version });
  const totals: Totals = { read: 0, indexed: 0, duplicate: 0, deadLettered: 0 };
  const progress = shardProgress(metrics, clock);
  const budget = workerBudget(config.memory.budgetBytes, progress.count);
  const board = openBoard(clock);
  const sink = buildSink({ config, stream, totals, letters, metrics, expire: board.expire, clock, random, log });
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
  return { ...base, letters, budget, sink, board, dynamoDb, store, kinesis };
};

export type Service = Awaited<ReturnType<typeof buildService>>;

const openHttp = (service: Service, phase: Stopping, templateTrouble: () => string | undefined) => {
  const { config, metrics, board, progress, budget, kinesis, clock, random, log } = service;
  const ask = async (signal: AbortSignal) => (await describeStream(kinesis, config.stream, signal)).retentionMs;
  const retention = watchRetention({ ask, clock, random }, phase.stop);
  const text = () => {
    const { counts } = board.status();
    progress.publish(retention.retentionMs());
    metrics.bufferBytes(budget.heldBytes());
    metrics.leasesHeld(progress.count());
    metrics.shards(counts);
    return metrics.text();
  };
  const indexOf = indexNamer(config.index);
  const probeIndex = isServerless(config) ? () => indexOf(clock.wall().getTime()) : undefined;
  return startHttp({
    ...config.http,
    probes: probesOf({ ...service, node: config.opensearch.node, probeIndex, templateTrouble }),
    metrics: { contentType: metrics.contentType, text },
    status: () => statusOf({ ...service, isStopping: () => phase.stop.aborted }),
    clock,
    log,
  });
};

type TemplateTrouble = (why: string | undefined) => void;

/** Leases and their work until the stop; nothing is read before the index template is there. */
const carry = async (service: Service, phase: Stopping, onTemplateTrouble: TemplateTrouble) => {
  const { config, sink, store, kinesis, board, metrics, workerId, clock, random, log } = service;
  if (config.opensearch.template === 'create') {
    const template = templateOf(config, service.transform);
    await ensureTemplate(
      { client: sink.client, template, onTrouble: onTemplateTrouble, clock, random, log },
      phase.stop,
    );
  }
  const coordinating = coordinate(
    {
      store,
      listShards: (signal) => listShards(kinesis, config.stream, signal),
      work: buildWork(service, phase),
      workerId,
      start: config.start,
      failoverMs: config.leases.failoverMs,
      clock,
      random,
      observe: { event: metrics.leaseEvent },
      log,
      board,
    },
    phase.stop,
  );
  await Promise.all([coordinating, indicesAhead(service, phase.stop)]);
};

/** The service's life, from its first request to the last thing closed. Rejects when a part of our own broke. */
const live = async (service: Service, phase: Stopping, http: HttpServer, onTemplateTrouble: TemplateTrouble) => {
  const { writer, letterbox } = service.sink;
  const sending = Promise.all([writer.run(), letterbox.run()]);
  await Promise.race([carry(service, phase, onTemplateTrouble), sending]);
  writer.close();
  letterbox.close();
  await sending;
  await http.close();
  service.metrics.close();
};

/** Resolves at the second request to stop. */
const hurry = ({ log, config }: Service, phase: Stopping, http: HttpServer, shell: ServiceShell): Promise<'hurried'> =>
  new Promise((resolve) => {
    shell.onStopSignal((signal) => {
      if (phase.stop.aborted) return resolve('hurried');
      log.info({ signal, within_ms: config.shutdownTimeoutMs }, 'stopping: reading ends, what is in hand is finished');
      http.markStopping();
      phase.begin();
    });
  });

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

/**
 * Runs the service until it is told to stop, and resolves with the exit code: 0 after a stop, also one that its time
 * ran out for; 1 when a part broke or a second signal cut the stop short. Whatever cannot be reached is tried again for
 * ever. What is not checkpointed at the end is read again.
 */
export const runService = async (config: Config, shell: ServiceShell): Promise<0 | 1> => {
  const transform = await loadTransform(config.transform, config.transformOptions, shell.cwd);
  const service = await buildService(config, transform, shell);
  const { log, clock } = service;
  await refuseCollection(config, log);
  const phase = stopping(config.shutdownTimeoutMs, clock);
  let templateTrouble: string | undefined;
  const http = await openHttp(service, phase, () => templateTrouble);
  const hurried = hurry(service, phase, http, shell);
  log.info({ url: http.url, stream: config.stream, version: service.version }, 'worker is up');
  try {
    const lived = live(service, phase, http, (why) => {
      templateTrouble = why;
    });
    const overdue = aborted(phase.exitDeadline).then(() => 'overdue' as const);
    const end = await Promise.race([lived, hurried, overdue]);
    if (end === 'hurried') log.warn({}, 'second signal: ending at once; what is not checkpointed will be read again');
    if (end === 'overdue')
      log.warn({}, 'the shutdown time is used up: ending now; leases still held expire by themselves');
    log.info({ ...service.totals }, 'worker has stopped');
    return end === 'hurried' ? 1 : 0;
  } catch (thrown) {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    log.error({ error: describe(thrown), stack }, 'the worker broke');
    return 1;
  }
};
