import type { Config } from '../../config/tree.ts';
import { describe } from '../../core/errors.ts';
import type { Transform } from '../../core/message.ts';
import { dynamoDbClient } from '../../lease/dynamodb/client.ts';
import { type ReplayNotes, replayNotes } from '../../lease/dynamodb/replay-note.ts';
import { listShards } from '../../source/kinesis/shards.ts';
import { buildWorker, holdLeases, type Worker, type WorkerShell, whileSending } from '../assemble.ts';
import { aborted, type Stopping, stopping } from '../stopping.ts';
import { buildWork } from '../work.ts';
import { concludeReplay, type ReplayReport } from './conclude.ts';
import { countedLetters } from './counted-letters.ts';
import { prepareReplay } from './prepare.ts';
import { doneShare, estimator, isThrough, progressLine } from './progress.ts';
import { type Horizon, openReached } from './reached.ts';
import type { Terms } from './terms.ts';

export interface ReplayOptions {
  readonly terms: Terms;
  /** The live configuration. */
  readonly live: Config;
  readonly transform: Transform;
  /** Reads of a shard a second, of the five that all its readers share. */
  readonly readsPerSecond: number;
  /** Whether dead letters are part of a replay that went well. */
  readonly allowLetters: boolean;
  readonly deleteTable: boolean;
}

export interface ReplayShell extends WorkerShell {
  readonly cwd: string;
  /** Calls back at each request to stop: the first drains, the second ends at once. */
  readonly onStopSignal: (callback: (signal: string) => void) => void;
  /** A line that stays. */
  readonly tell: (line: string) => void;
  /** How it gets on, on a line that the next one replaces. */
  readonly live: (line: string) => void;
}

/** How the reading came to its end. */
export type Ending = 'done' | 'stopped' | { readonly held: string };

/** Everything of a running replay. */
export interface Replay {
  readonly options: ReplayOptions;
  readonly worker: Worker;
  readonly notes: ReplayNotes;
  readonly phase: Stopping;
  readonly shell: ReplayShell;
  /** Shards of which this process may have missed records. */
  readonly lost: Set<string>;
}

const LOOK_MS = 1_000;

/** Tells how it gets on until all is read, letters are held, or it is stopped. */
const watch = async (replay: Replay, reached: ReadonlyMap<string, number>): Promise<Ending> => {
  const { options, worker, phase, shell } = replay;
  const { board, sink, kinesis, clock, totals } = worker;
  const { range, config } = options.terms;
  const estimate = estimator();
  for (;;) {
    await clock.sleep(LOOK_MS, phase.stop);
    const { leases, problems, malformed } = board.status();
    if (malformed.length === 0 && leases.every(({ state }) => state === 'finished')) {
      // Whatever keeps Kinesis from answering: the next look asks again.
      const shards = await listShards(kinesis, config.stream, phase.stop, range).catch(() => []);
      if (shards.length > 0 && isThrough(leases, shards)) return 'done';
    }
    if (phase.stop.aborted) return 'stopped';
    const held = sink.held();
    if (held !== undefined) return { held };
    const input = { leases, reached, range };
    const { perSecond, leftMs } = estimate(clock.now(), doneShare(input), totals.read);
    const unreadable = malformed[0] && `the lease row ${malformed[0].key} cannot be read: ${malformed[0].problem}`;
    const trouble = problems[0]?.message ?? unreadable ?? sink.writer.trouble()?.why ?? sink.letterbox.trouble();
    shell.live(progressLine({ ...input, totals, perSecond, leftMs, trouble }));
  }
};

/** Notes that records of a shard may have been trimmed before they were read: nobody may take it for complete. */
const losses =
  ({ worker: { log }, notes, lost }: Replay) =>
  (shardId: string) => {
    if (lost.has(shardId)) return;
    lost.add(shardId);
    log.error({ shard: shardId }, 'records of the range may have been trimmed before they were read');
    notes
      .addLost(shardId)
      .catch((thrown: unknown) => log.error({ error: describe(thrown) }, 'this could not be noted'));
  };

/** Reads the range under the replay's own leases. */
const readRange = async (replay: Replay, horizon: Horizon): Promise<Ending> => {
  const { options, worker, phase } = replay;
  const { range } = options.terms;
  const onLost = losses(replay);
  const reached = openReached(worker.clock, horizon, onLost);
  const everyMs = 1_000 / options.readsPerSecond;
  const pace = { floorMs: everyMs, idleMs: Math.max(everyMs, LOOK_MS) };
  const work = buildWork(worker, phase, { range, pace, observe: { ...reached, lost: onLost } });
  let ending: Ending = 'stopped';
  const watching = watch(replay, reached.ms).then((how) => {
    ending = how;
    // What is held is never settled: waiting for it would only take time.
    if (typeof how === 'string') phase.begin();
    else phase.hurry();
  });
  await whileSending(worker, () => Promise.all([holdLeases(worker, work, phase.stop, { range }), watching]));
  return ending;
};

/** Resolves when the stop must wait no longer: its time is used up, or somebody asks a second time. */
const cutShort = ({ phase, shell }: Replay): Promise<'stopped'> =>
  new Promise((resolve) => {
    void aborted(phase.exitDeadline).then(() => resolve('stopped'));
    shell.onStopSignal(() => {
      if (phase.stop.aborted) return resolve('stopped');
      shell.tell('stopping: what is in hand is finished; the same command goes on from there');
      phase.begin();
    });
  });

const announcement = ({ terms, live }: ReplayOptions): string => {
  const { application, range, config, apart } = terms;
  const [from, to] = [range.fromMs, range.toMs].map((ms) => new Date(ms).toISOString());
  const untouched = `leases and checkpoints of ${live.application} are not touched${apart ? ', nor its indices' : ''}`;
  return `replaying ${config.stream} from ${from} until before ${to} through ${config.transform} into ${config.index}, as ${application}; ${untouched}`;
};

/**
 * Runs a range of the stream again, until it is read or somebody stops it; any number of processes do it together, and
 * the next one goes on where they stopped. Rejects with SHARDLINE_REPLAY_REFUSED or _FAILED where it cannot begin or end.
 */
export const runReplay = async (options: ReplayOptions, shell: ReplayShell): Promise<ReplayReport> => {
  const { terms, live, transform } = options;
  const notes = replayNotes(dynamoDbClient(live.leases.failoverMs), terms.application);
  const worker = await buildWorker(terms.config, transform, {
    ...shell,
    overLetters: (target) => countedLetters(target, notes.addLetters),
  });
  const phase = stopping(live.shutdownTimeoutMs, worker.clock);
  const replay: Replay = { options, worker, notes, phase, shell, lost: new Set() };
  const cut = cutShort(replay);
  const { cwd, tell } = shell;
  const { done, ...horizon } = await prepareReplay({ worker, terms, live, notes, cwd, tell }, phase.stop);
  tell(done ? `${terms.application} was done before` : announcement(options));
  const ending = done ? 'done' : await Promise.race([readRange(replay, horizon), cut]);
  worker.metrics.close();
  return concludeReplay(replay, ending);
};
