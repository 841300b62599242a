import { type Contender, figuresOf } from './contender.ts';
import { JAVA_KCL, javaKcl } from './java-kcl.ts';
import { bareLoop, floorLoop } from './loops.ts';
import { peerPlace } from './peers.ts';
import { type Figures, medians } from './report.ts';
import { resetSink, untilAcknowledged } from './sink.ts';
import type { Stage } from './stage.ts';
import { createStream, putEvents } from './stream.ts';
import { usageOf } from './usage.ts';
import { assertNoLetters, startWorker } from './worker.ts';

const STREAM = 'bench';
const SHARDS = 4;
const DAYS_MS = 86_400_000;

const shardline: Contender = async (stage, { stream, events }, run) => {
  const begunMs = stage.machine.clock.now();
  const worker = startWorker(stage, `bench-${process.pid}-${run}`, stream);
  await untilAcknowledged(stage, 1, worker);
  const firstSeconds = (stage.machine.clock.now() - begunMs) / 1000;
  const firstCpuSeconds = usageOf(worker.child.pid).cpuSeconds;
  // The start itself, loading modules, holds up the loop: from here on it counts.
  await worker.metrics();
  await untilAcknowledged(stage, events, worker);
  const seconds = (stage.machine.clock.now() - begunMs) / 1000;
  const { cpuSeconds, peakRssBytes } = usageOf(worker.child.pid);
  const metric = await worker.metrics();
  await assertNoLetters(worker);
  await worker.child.stop(10_000);
  return {
    ...figuresOf(events, seconds, cpuSeconds, peakRssBytes),
    'loop lag ms': metric('shardline_loop_lag_seconds') * 1000,
    'CPU-s per million from the first on': ((cpuSeconds - firstCpuSeconds) / events) * 1e6,
    'records/s from the first on': events / (seconds - firstSeconds),
    'first document s': firstSeconds,
    'DynamoDB reads': metric('shardline_lease_reads_total'),
    'DynamoDB writes': metric('shardline_lease_writes_total'),
  };
};

export interface ThroughputOptions {
  readonly events: number;
  readonly runs: number;
  /** The one contender that runs; all of them when left out. */
  readonly only: string | undefined;
  /** Others that run too: `java`. */
  readonly peers: readonly string[];
}

const contendersOf = ({ only, peers }: ThroughputOptions, say: (line: string) => void): Record<string, Contender> => {
  const java = peers.includes('java') ? javaKcl() : undefined;
  if (peers.includes('java') && !java) say(`no Java KCL at ${peerPlace(JAVA_KCL)}: the bench runs without it`);
  const floor = floorLoop();
  const all: Record<string, Contender> = {
    ...(floor ? { floor } : {}),
    'bare loop': bareLoop,
    shardline,
    ...(java ? { 'java kcl': java } : {}),
  };
  const chosen = Object.entries(all).filter(([name]) => only === undefined || name === only);
  if (chosen.length === 0) throw new Error(`no contender "${only}"; there is ${Object.keys(all).join(', ')}`);
  return Object.fromEntries(chosen);
};

/** The processor time of some contenders over that of others. */
const ratiosOf = (rows: Readonly<Record<string, Figures>>): Record<string, number | undefined> => {
  const ratio = (one: string, other: string): number | undefined => {
    const [a, b] = [one, other].map((name) => rows[name]?.['CPU-s per million']);
    return a && b ? a / b : undefined;
  };
  return {
    'shardline / bare loop': ratio('shardline', 'bare loop'),
    'bare loop / floor': ratio('bare loop', 'floor'),
    'shardline / java kcl': ratio('shardline', 'java kcl'),
  };
};

/** All contenders in turn, several times over the same records. */
export const throughput = async (stage: Stage, options: ThroughputOptions) => {
  const { say } = stage.machine;
  const { events, runs } = options;
  const contenders = contendersOf(options, say);
  await createStream(stage, STREAM, SHARDS);
  say(`putting ${events} events into ${SHARDS} shards …`);
  await putEvents(stage, STREAM, 0, events, Date.now() - 2 * DAYS_MS);
  const all: Record<string, Figures[]> = {};
  for (let run = 1; run <= runs; run += 1) {
    for (const [name, contender] of Object.entries(contenders)) {
      await resetSink(stage);
      const figures = await contender(stage, { stream: STREAM, events }, run);
      say(`run ${run}, ${name}: ${figures['CPU-s per million']?.toFixed(1)} CPU-s per million`);
      all[name] = [...(all[name] ?? []), figures];
    }
  }
  const rows = Object.fromEntries(Object.entries(all).map(([name, each]) => [name, medians(each)]));
  return { rows, ratios: ratiosOf(rows), runs: all };
};
