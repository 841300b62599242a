import { gaps } from './gaps.ts';
import { type Figures, quantile } from './report.ts';
import { resetSink, sinkCounts, untilAcknowledged } from './sink.ts';
import type { Stage } from './stage.ts';
import { createStream, flow } from './stream.ts';
import { assertNoLetters, type BenchWorker, startWorker, workerConfig } from './worker.ts';

const SHARDS = 4;
const PER_SECOND = 500;
const ROUNDS = 3;
/** Every shard is heard of several times before a fault … */
const QUIET_MS = 2_000;
/** … which comes at another time after the last checkpoint in each round. */
const PHASE_MS = 1_700;
const SHARED_WITHIN_MS = 60_000;
/** How much longer than allowed a gap is watched. */
const PATIENCE_MS = 5_000;
const MOVE_ALLOWED_MS = 2_000;
const KILL_ALLOWED_BEYOND_FAILOVER_MS = 3_000;

interface Fault {
  readonly name: string;
  readonly signal: 'SIGTERM' | 'SIGKILL';
  readonly allowedMs: number;
}

interface Fleet {
  readonly stage: Stage;
  readonly start: () => BenchWorker;
}

/** Waits until both workers hold as many shards. */
const untilShared = async ({ stage }: Fleet, workers: readonly BenchWorker[]): Promise<void> => {
  const { clock } = stage.machine;
  const deadlineMs = clock.now() + SHARED_WITHIN_MS;
  for (;;) {
    const held = await Promise.all(workers.map(async (worker) => (await worker.holds()).length));
    if (held.every((count) => count === SHARDS / workers.length)) return;
    if (clock.now() > deadlineMs)
      throw new Error(`after ${SHARED_WITHIN_MS / 1000} s the workers hold ${held.join(' and ')} of ${SHARDS} shards`);
    await clock.sleep(200);
  }
};

/** Another worker joins; answers it and how long each shard that it was given was silent. */
const join = async (fleet: Fleet, there: BenchWorker) => {
  const { stage } = fleet;
  await resetSink(stage, true);
  await stage.machine.clock.sleep(QUIET_MS);
  const sinceMs = Date.now();
  const newcomer = fleet.start();
  await untilShared(fleet, [there, newcomer]);
  await stage.machine.clock.sleep(QUIET_MS);
  const { shards } = await sinkCounts(stage);
  return { newcomer, seconds: gaps(shards, await newcomer.holds(), sinceMs, Date.now()) };
};

/** A worker is told to end, or is killed; answers how long each shard that it held was silent. */
const end = async ({ stage }: Fleet, victim: BenchWorker, { signal, allowedMs }: Fault, round: number) => {
  const { clock } = stage.machine;
  await resetSink(stage, true);
  await clock.sleep(QUIET_MS + round * PHASE_MS);
  const held = await victim.holds();
  const sinceMs = Date.now();
  victim.child.signal(signal);
  await clock.sleep(allowedMs + PATIENCE_MS);
  const untilMs = Date.now();
  const { shards } = await sinkCounts(stage);
  return gaps(shards, held, sinceMs, untilMs);
};

const figures = (seconds: readonly number[], allowedMs: number): Figures => ({
  'shards moved': seconds.length,
  'median gap s': quantile(seconds, 0.5),
  'longest gap s': quantile(seconds, 1),
  'allowed s': allowedMs / 1000,
});

/** Joins and ends in turn, over the same stream. */
const storm = async (fleet: Fleet, faults: readonly Fault[]): Promise<Record<string, Figures>> => {
  const joined: number[] = [];
  const ended: Record<string, number[]> = {};
  let survivor = fleet.start();
  await untilAcknowledged(fleet.stage, 1, survivor);
  for (const fault of faults) {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { newcomer, seconds } = await join(fleet, survivor);
      joined.push(...seconds);
      const gone = await end(fleet, survivor, fault, round);
      ended[fault.name] = [...(ended[fault.name] ?? []), ...gone];
      fleet.stage.machine.say(`${fault.name}: silent for ${gone.map((gap) => gap.toFixed(2)).join(', ')} s`);
      survivor = newcomer;
    }
  }
  await assertNoLetters(survivor);
  await survivor.child.stop(10_000);
  const rows = faults.map((fault) => [fault.name, figures(ended[fault.name] ?? [], fault.allowedMs)]);
  return { 'a worker joins': figures(joined, MOVE_ALLOWED_MS), ...Object.fromEntries(rows) };
};

/** How long a shard stays silent when it is given to a new worker, and when its holder is told to stop or is killed. */
export const failover = async (stage: Stage): Promise<{ rows: Record<string, Figures> }> => {
  const stream = 'failover';
  const { failoverMs } = workerConfig(stage).leases;
  const killAllowedMs = failoverMs + KILL_ALLOWED_BEYOND_FAILOVER_MS;
  await createStream(stage, stream, SHARDS);
  const over = new AbortController();
  const flowing = flow(stage, stream, PER_SECOND, over.signal);
  const application = `${stream}-${process.pid}`;
  const rows = await storm({ stage, start: () => startWorker(stage, application, stream) }, [
    { name: 'SIGTERM', signal: 'SIGTERM', allowedMs: MOVE_ALLOWED_MS },
    { name: 'kill -9', signal: 'SIGKILL', allowedMs: killAllowedMs },
  ]);
  over.abort();
  await flowing;
  return { rows };
};
