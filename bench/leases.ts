import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Figures } from './report.ts';
import { resetSink, untilAcknowledged } from './sink.ts';
import type { Stage } from './stage.ts';
import { createStream, flow } from './stream.ts';
import { assertNoLetters, type BenchWorker, startWorker } from './worker.ts';

const MANY = 100;
const PER_SECOND = 1_000;
const HELD_WITHIN_MS = 60_000;
const MEASURE_MS = 60_000;
/** A flow's last records are checkpointed, and a renewal or two has taken the checkpoints' place. */
const CALM_MS = 15_000;
const HOUR_MS = 3_600_000;
const WRITES_ALLOWED = 1_100;

/** Waits until each of the workers holds so many of the shards. */
const untilHeld = async (stage: Stage, workers: readonly BenchWorker[], shards: number): Promise<void> => {
  const { clock } = stage.machine;
  const deadlineMs = clock.now() + HELD_WITHIN_MS;
  for (;;) {
    const held = await Promise.all(workers.map(async (worker) => (await worker.holds()).length));
    if (held.every((count) => count === shards)) return;
    if (clock.now() > deadlineMs)
      throw new Error(`workers hold ${held.join(' and ')} shards, expected ${shards} each; see ${stage.folder}`);
    await clock.sleep(500);
  }
};

/** What one scan as the worker does it is charged: DynamoDB's own count, in read units. */
const unitsPerScan = async (stage: Stage, table: string): Promise<number> => {
  const client = new DynamoDBClient({
    endpoint: stage.dynamoDbUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  const answer = await client.send(new ScanCommand({ TableName: table, ReturnConsumedCapacity: 'TOTAL' }));
  client.destroy();
  return answer.ConsumedCapacity?.CapacityUnits ?? Number.NaN;
};

const perHour = async ({ machine: { clock } }: Stage, worker: BenchWorker) => {
  const before = await worker.metrics();
  const begunMs = clock.now();
  await clock.sleep(MEASURE_MS);
  const after = await worker.metrics();
  const ms = clock.now() - begunMs;
  return (name: string): number => ((after(name) - before(name)) * HOUR_MS) / ms;
};

const measure = async (stage: Stage, worker: BenchWorker, table: string, shards: number): Promise<Figures> => {
  const rate = await perHour(stage, worker);
  const reads = rate('shardline_lease_reads_total');
  const writes = rate('shardline_lease_writes_total');
  return {
    'reads/h': reads,
    'read units/h': reads * (await unitsPerScan(stage, table)),
    'writes/h': writes,
    'writes per shard and hour': writes / shards,
    'allowed per shard and hour': WRITES_ALLOWED,
  };
};

/** A worker with shards on which records flow, and then none do. */
const lone = async (stage: Stage, shards: number) => {
  const { clock } = stage.machine;
  const stream = `leases-${shards}`;
  const table = `${stream}-${process.pid}`;
  await createStream(stage, stream, shards);
  await resetSink(stage);
  const over = new AbortController();
  const flowing = flow(stage, stream, PER_SECOND, over.signal);
  const worker = startWorker(stage, table, stream);
  await untilAcknowledged(stage, 1, worker);
  await untilHeld(stage, [worker], shards);
  const busy = await measure(stage, worker, table, shards);
  over.abort();
  await flowing;
  await clock.sleep(CALM_MS);
  const quiet = await measure(stage, worker, table, shards);
  await assertNoLetters(worker);
  return { worker, table, stream, busy, quiet };
};

/** The same worker once another has taken half of its shards. */
const halved = async (stage: Stage, { worker, table, stream }: Awaited<ReturnType<typeof lone>>, shards: number) => {
  const other = startWorker(stage, table, stream);
  await untilHeld(stage, [worker, other], shards / 2);
  const half = await measure(stage, worker, table, shards / 2);
  await Promise.all([worker, other].map(({ child }) => child.stop(10_000)));
  return half;
};

/** What leases cost a worker in requests to DynamoDB, with records on every shard and without any. */
export const leases = async (stage: Stage): Promise<{ rows: Record<string, Figures> }> => {
  const one = await lone(stage, 1);
  await one.worker.child.stop(10_000);
  const many = await lone(stage, MANY);
  const half = await halved(stage, many, MANY);
  return {
    rows: {
      '1 lease, records flow': one.busy,
      '1 lease, no records': one.quiet,
      [`${MANY} leases, records flow`]: many.busy,
      [`${MANY} leases, no records`]: many.quiet,
      [`${MANY} leases, one of two workers, no records`]: half,
    },
  };
};
