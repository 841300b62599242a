import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/local/machine.ts';
import { startChild } from '../src/local/process.ts';
import { type Figures, medians } from './report.ts';
import { resetSink, untilAcknowledged } from './sink.ts';
import type { Stage } from './stage.ts';
import { createStream, putEvents } from './stream.ts';
import { usageOf } from './usage.ts';
import { startWorker } from './worker.ts';

const STREAM = 'bench';
const SHARDS = 4;
const MEBIBYTE = 1024 ** 2;
const DAYS_MS = 86_400_000;

/** One consumer that carries all records once. */
type Contender = (stage: Stage, events: number, run: number) => Promise<Figures>;

const figuresOf = (events: number, seconds: number, cpuSeconds: number, peakRssBytes: number): Figures => ({
  'CPU-s per million': (cpuSeconds / events) * 1e6,
  'records/s': events / seconds,
  'peak RSS MiB': peakRssBytes / MEBIBYTE,
});

/** A loop that ends by itself and prints its own figures as its last line. */
const loop =
  (name: string, file: (stage: Stage) => string): Contender =>
  async (stage, events, run) => {
    const logFile = join(stage.folder, `${name}-${run}.log`);
    let last = '';
    const begunMs = stage.machine.clock.now();
    const ending = await startChild({
      command: process.execPath,
      args: [file(stage), stage.kinesisUrl, STREAM, stage.sinkUrl, String(events)],
      env: stage.machine.env,
      logFile,
      clock: stage.machine.clock,
      onLine: (line) => {
        last = line;
      },
    }).ended;
    const seconds = (stage.machine.clock.now() - begunMs) / 1000;
    if (ending !== 'exit code 0') throw new Error(`${name}: ${ending}\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);
    const told = JSON.parse(last) as Readonly<Record<string, number>>;
    const peakRssBytes = told.peakRssBytes ?? (told.rss ?? Number.NaN) * MEBIBYTE;
    return figuresOf(events, seconds, told.cpuSeconds ?? told.cpu ?? Number.NaN, peakRssBytes);
  };

const bareLoop = loop('bare-loop', () => join(packageRoot(), 'bench', 'processes', 'bare-loop.ts'));

/** Another's bare loop, to see that ours is no slow one: copied, because its packages must stand above it. */
const floorLoop = (path: string): Contender =>
  loop('floor', ({ machine }) => {
    const folder = join(machine.cache, 'bench', 'floor');
    mkdirSync(folder, { recursive: true });
    copyFileSync(path, join(folder, 'floor.mjs'));
    return join(folder, 'floor.mjs');
  });

const shardline: Contender = async (stage, events, run) => {
  const begunMs = stage.machine.clock.now();
  const worker = startWorker(stage, `bench-${process.pid}-${run}`, STREAM);
  await untilAcknowledged(stage, 1, worker);
  const firstSeconds = (stage.machine.clock.now() - begunMs) / 1000;
  // The start itself, loading modules, holds up the loop: from here on it counts.
  await worker.metrics();
  await untilAcknowledged(stage, events, worker);
  const seconds = (stage.machine.clock.now() - begunMs) / 1000;
  const { cpuSeconds, peakRssBytes } = usageOf(worker.child.pid);
  const metric = await worker.metrics();
  await worker.child.stop(10_000);
  return {
    ...figuresOf(events, seconds, cpuSeconds, peakRssBytes),
    'loop lag ms': metric('shardline_loop_lag_seconds') * 1000,
    'first document s': firstSeconds,
    'DynamoDB reads': metric('shardline_lease_reads_total'),
    'DynamoDB writes': metric('shardline_lease_writes_total'),
  };
};

const FLOOR = join(packageRoot(), '..', 'shared', 'peers', 'floor', 'floor.mjs');

export interface ThroughputOptions {
  readonly events: number;
  readonly runs: number;
  /** The one contender that runs; all of them when left out. */
  readonly only: string | undefined;
}

/** All contenders in turn, several times over the same records. */
export const throughput = async (stage: Stage, { events, runs, only }: ThroughputOptions) => {
  const { say } = stage.machine;
  const contenders: Record<string, Contender> = {
    ...(existsSync(FLOOR) ? { floor: floorLoop(FLOOR) } : {}),
    'bare loop': bareLoop,
    shardline,
  };
  await createStream(stage, STREAM, SHARDS);
  say(`putting ${events} events into ${SHARDS} shards …`);
  await putEvents(stage, STREAM, 0, events, Date.now() - 2 * DAYS_MS);
  const all: Record<string, Figures[]> = {};
  for (let run = 1; run <= runs; run += 1) {
    for (const [name, contender] of Object.entries(contenders)) {
      if (only !== undefined && name !== only) continue;
      await resetSink(stage);
      const figures = await contender(stage, events, run);
      say(`run ${run}, ${name}: ${figures['CPU-s per million']?.toFixed(1)} CPU-s per million`);
      all[name] = [...(all[name] ?? []), figures];
    }
  }
  const rows = Object.fromEntries(Object.entries(all).map(([name, each]) => [name, medians(each)]));
  const cpu = (name: string) => rows[name]?.['CPU-s per million'];
  const ratio = (one: number | undefined, other: number | undefined) => (one && other ? one / other : undefined);
  const ratios = {
    'shardline / bare loop': ratio(cpu('shardline'), cpu('bare loop')),
    'bare loop / floor': ratio(cpu('bare loop'), cpu('floor')),
  };
  return { rows, ratios, runs: all };
};
