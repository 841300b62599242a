import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stdout } from 'node:process';
import type { FaultProxy } from './fault-proxy.ts';
import type { Rig } from './rig.ts';
import type { RigWorker } from './rig-worker.ts';
import { until } from './until.ts';

/** One fault: how it begins and ends, what is told meanwhile, and what it leaves. */
export interface Case {
  readonly name: string;
  /** The rows of the verdict table that it meets, as `item NAME` or `request NAME`. */
  readonly rows: readonly string[];
  readonly begin?: (scene: Scene) => unknown;
  readonly end?: (scene: Scene) => unknown;
  /** What goes on the stream while it lasts; a number of plain events unless told otherwise. */
  readonly events?: number | ((prefix: string) => readonly string[]);
  /** What `/readyz` says with 503 while it lasts; undefined: it stays ready. */
  readonly tells?: RegExp;
  /** Dead letters by reason. */
  readonly letters?: Readonly<Record<string, number>>;
  /** It lasts until everything is accounted for. */
  readonly stays?: boolean;
  /** Documents new in the indices; all events but the letters unless told otherwise. */
  readonly documents?: number;
}

export interface Scene {
  readonly world: Rig;
  readonly proxy: FaultProxy;
  readonly worker: RigWorker;
}

/** What a fault has left. */
export interface Left {
  readonly name: string;
  readonly documents: number;
  readonly duplicates: number;
  readonly letters: Readonly<Record<string, number>>;
  /** Documents that were written more than once. */
  readonly rewritten: number;
}

const PLAIN = 200;

/**
 * A transform for the matrix: all but the body's own fields is what the event says. Events with a version go into the index
 * `state`, where one is named: index templates of several tests must not meet in one.
 */
export const writeTransform = (folder: string, state?: string): string => {
  const path = join(folder, 'transform.mjs');
  writeFileSync(
    path,
    `import { defineTransform } from 'shardline';
export default defineTransform({
  name: 'matrix',
  template: { version: 1, mappings: { properties: { n: { type: 'integer' } } } },
  indices: ${JSON.stringify(state ? [state] : [])},
  apply({ value: { id, day, version, pipeline, ...body } }) {
    const versioned = version === undefined ? {} : { op: 'index', version: BigInt(version), index: '${state}' };
    return [{ id, timestamp: new Date(day), body, ...versioned, ...(pipeline && { pipeline }) }];
  },
});
`,
  );
  return path;
};

export const eventOf = (id: string, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ id, day: '2026-01-02', n: 1, text: 'x'.repeat(1_000), ...more });

const plain = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => eventOf(`${prefix}${i}`));

/** What the worker has counted and written so far. */
const countsOf = async ({ worker, world }: Scene) => {
  const indexed = await worker.metric('shardline_documents_indexed_total');
  const duplicates = await worker.metric('shardline_documents_duplicate_total');
  const letters = await worker.metric('shardline_dead_letters_total');
  const reasons = letters === 0 ? [] : world.letters().map(({ reason }) => reason);
  const stale = await worker.metric('shardline_documents_stale_total');
  const dropped = await worker.metric('shardline_documents_dropped_total');
  return { indexed, duplicates, reasons, settled: indexed + duplicates + letters + stale + dropped };
};

const tally = (reasons: readonly string[]): Record<string, number> =>
  Object.fromEntries([...new Set(reasons)].map((one) => [one, reasons.filter((each) => each === one).length]));

/** Whether the worker is not ready for this reason, since this fault: an answer may be some seconds old. */
const isTold = async (worker: RigWorker, tells: RegExp | undefined, since: Date): Promise<boolean> => {
  const { status, text } = await worker.readiness();
  const toldSince = /nothing is indexed since (\S+): /.exec(text)?.[1] ?? '';
  if (status === 503 && tells?.test(text) && Date.parse(toldSince) >= since.getTime()) return true;
  throw new Error(`${status} ${text}`);
};

/** Plays one fault from its beginning until everything put on the stream is accounted for. */
export const play = async (scene: Scene, number: number, fault: Case): Promise<Left> => {
  const { world, proxy, worker } = scene;
  const before = await countsOf(scene);
  const known = new Set((await world.hits()).map(({ index, id }) => `${index}/${id}`));
  const prefix = `c${number}-`;
  const { events = PLAIN } = fault;
  const lines = typeof events === 'number' ? plain(prefix, events) : events(prefix);
  const isSettled = async () => (await countsOf(scene)).settled - before.settled === lines.length;
  proxy.bulks = 0;
  const startedAt = new Date();
  try {
    await fault.begin?.(scene);
    await world.put(lines);
    if (fault.tells) {
      await until(() => isTold(worker, fault.tells, startedAt), 30_000);
    } else if (!fault.stays && fault.begin) {
      // Long enough for a fault that keeps some documents back to be met again and again.
      await until(() => proxy.bulks >= 6, 60_000);
    }
    if (fault.stays) await until(isSettled, 60_000, 100);
  } finally {
    await fault.end?.(scene);
    proxy.fault = undefined;
  }
  await until(isSettled, 60_000, 100);
  const after = await countsOf(scene);
  const hits = (await world.hits()).filter(({ index, id }) => !known.has(`${index}/${id}`));
  return {
    name: fault.name,
    documents: hits.length,
    duplicates: after.duplicates - before.duplicates,
    letters: tally(after.reasons.slice(before.reasons.length)),
    rewritten: hits.filter(({ version }) => version !== 1).length,
  };
};

/** Shows people what each fault has left. */
export const show = (all: readonly Left[]): void => {
  const lines = all.map(({ name, documents, duplicates, letters }) => {
    const said = Object.entries(letters).map(([reason, count]) => `${count} ${reason}`);
    const [d, p] = [String(documents).padStart(9), String(duplicates).padStart(10)];
    return `${name.padEnd(58)} ${d} ${p}  ${said.join(', ') || '-'}`;
  });
  stdout.write(`\n${'fault'.padEnd(58)} documents duplicates  dead letters\n${lines.join('\n')}\n\n`);
};
