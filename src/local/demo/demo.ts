import type { Machine } from '../machine.ts';
import { closeAccount } from './account.ts';
import type { PlayCounts } from './chart.ts';
import { type DemoPlaces, demoEnvironment, linkEnvironment } from './environment.ts';
import { type Fleet, startFleet, untilAllReady } from './fleet.ts';
import { countIndices, type IndexCounts } from './indices.ts';
import { invitation } from './invitation.ts';
import { lettersIn } from './letters.ts';
import { backlog, type DemoLine, type LineCounts, live, noLines } from './lines.ts';
import type { Screen } from './screen.ts';
import { type Surroundings, startSurroundings } from './surroundings.ts';
import type { ServeChart } from './trending.ts';
import { paced, untilAccounted, type Watch, watchFleet } from './watch.ts';

export interface DemoOptions {
  readonly machine: Machine;
  /** Ends by itself when everything is accounted for. */
  readonly once: boolean;
  /** Events of the user's own instead of invented ones. */
  readonly lines: AsyncIterable<DemoLine> | undefined;
  /** An OpenSearch that is there already. */
  readonly opensearchUrl: string | undefined;
  /** How many workers share the stream. */
  readonly workers: number;
  /** Serves what the Spark job counts; undefined: there is none. */
  readonly serveChart: ServeChart | undefined;
  readonly screen: Screen;
  /** Results, a line each. */
  readonly print: (line: string) => Promise<void>;
  /** Puts lines on the stream and calls `onSent` with how many are on it by now. */
  readonly produce: (
    places: DemoPlaces,
    lines: AsyncIterable<DemoLine>,
    onSent: (count: number) => void,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  /** Ctrl-C once more: no time for an orderly end. */
  readonly hurry: AbortSignal;
}

/** Everything that is up once a demo runs. */
interface Running {
  readonly options: DemoOptions;
  readonly parts: Surroundings;
  readonly fleet: Fleet;
  readonly watch: Watch;
  readonly before: IndexCounts;
  readonly made: LineCounts;
  /** Ctrl-C, or the workers are gone. */
  readonly signal: AbortSignal;
}

const WORKER_STOP_MS = 8_000;
const LONG_MS = 3_600_000;

const put = async (running: Running, lines: Iterable<DemoLine> | AsyncIterable<DemoLine>): Promise<void> => {
  const { options, parts, fleet, watch, signal } = running;
  const before = watch.produced;
  const onSent = (count: number) => {
    watch.produced = before + count;
  };
  await options.produce(parts.places, paced(lines, options.machine, watch, fleet, signal), onSent, signal);
};

const addsUp = async (running: Running, plays: PlayCounts | undefined): Promise<boolean> => {
  const { options, parts, watch, before, made } = running;
  const { lines, wrong } = closeAccount({
    plays,
    produced: watch.produced,
    counts: watch.counts(),
    indicesBefore: before,
    indices: await countIndices(parts.places.opensearch),
    lettersOnDisk: lettersIn(parts.places.letterFolder),
    expectedDocuments: options.lines ? undefined : made.fresh + made.late,
  });
  options.screen.leave();
  for (const line of lines) await options.print(line);
  for (const line of wrong) options.screen.tell(`does not add up: ${line}`);
  return wrong.length === 0;
};

/** From the first event to the last; true when what was promised holds. */
const play = async (running: Running): Promise<boolean> => {
  const { options, parts, made, watch, fleet, signal } = running;
  const { machine, once } = options;
  await put(running, options.lines ?? backlog(machine.clock.wall().getTime(), made));
  if (once) {
    await untilAccounted(machine, watch, fleet, signal);
    const onCounts = ({ counted, indexed }: PlayCounts) => {
      watch.more = `, trending ${counted} of ${indexed} plays`;
    };
    const plays = await parts.trending?.untilCounted(onCounts, signal);
    return !signal.aborted && (await addsUp(running, plays));
  }
  if (!options.lines) await put(running, live(machine.clock, made, signal));
  while (!signal.aborted) await machine.clock.sleep(LONG_MS, signal);
  return true;
};

const playWith = async (options: DemoOptions, parts: Surroundings, fleet: Fleet): Promise<boolean> => {
  const { machine, once } = options;
  await untilAllReady(machine, fleet, options.signal);
  if (options.signal.aborted) return !once;
  const before = await countIndices(parts.places.opensearch);
  if (!once) for (const line of invitation(fleet.workers, parts.places, parts.trending)) await options.print(line);
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const watch = watchFleet(machine, fleet, options.screen, signal);
  parts.trending?.watch(options.screen.tell);
  const playing = play({ options, parts, fleet, watch, before, made: noLines(), signal });
  try {
    return await Promise.race([playing, failureOf(watch.watching)]);
  } finally {
    over.abort();
    await Promise.allSettled([playing, watch.watching]);
  }
};

/** Only rejects: when the other does. */
const failureOf = (other: Promise<void>): Promise<never> =>
  new Promise((_, reject) => {
    other.catch(reject);
  });

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

/** The whole thing on this machine: real parts, workers as processes of their own, events; true when everything adds up. */
export const runDemo = async (options: DemoOptions): Promise<boolean> => {
  const { machine, screen, signal, once } = options;
  const starting = startSurroundings(options);
  // What is still starting at Ctrl-C is not waited for: it ends with this process (`startChild`).
  const parts = await Promise.race([starting, aborted(signal)]);
  if (!parts) return !once;
  try {
    const { workers: count } = options;
    screen.tell(count === 1 ? 'starting a worker …' : `starting ${count} workers …`);
    const environment = { ...demoEnvironment(parts.places), ...linkEnvironment(parts.trending?.url) };
    const fleet = await startFleet(machine, environment, { folder: parts.folder, count, all: once });
    let good = false;
    let badly: Awaited<ReturnType<Fleet['stop']>> = [];
    try {
      good = await playWith(options, parts, fleet);
    } finally {
      screen.leave();
      screen.tell('stopping …');
      void aborted(options.hurry).then(() => fleet.kill());
      badly = await fleet.stop(WORKER_STOP_MS);
    }
    // A worker that was stopped before it could listen to signals ends by SIGTERM itself.
    const unwell = badly.filter(({ ending }) => !(signal.aborted && ending === 'signal SIGTERM'));
    for (const { worker, ending } of unwell)
      screen.tell(`worker ${worker.number} did not end well (${ending}); its log: ${worker.logFile}`);
    return good && unwell.length === 0;
  } finally {
    await parts.stop();
  }
};
