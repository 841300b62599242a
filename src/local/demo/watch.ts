import type { Machine } from '../machine.ts';
import { accountedFor, type Counts, noCounts, summaryLine } from './counts.ts';
import type { Fleet } from './fleet.ts';
import type { DemoLine } from './lines.ts';
import type { Screen } from './screen.ts';
import { workerFailure } from './worker.ts';

/** What is known of a running demo. */
export interface Watch {
  readonly counts: () => Counts;
  /** Told by whoever produces. */
  produced: number;
  /** What else there is to say of it, at the end of the summary line. */
  more: string;
  /** Runs until the signal aborts; rejects when the workers end before that. */
  readonly watching: Promise<void>;
}

const LOOK_EVERY_MS = 300;

/** Looks at the workers again and again, and shows the summary line. */
export const watchFleet = (machine: Machine, fleet: Fleet, screen: Screen, signal: AbortSignal): Watch => {
  let counts = noCounts;
  const watch = {
    produced: 0,
    more: '',
    counts: () => counts,
    watching: Promise.resolve(),
  };
  const look = async () => {
    while (!signal.aborted) {
      counts = await fleet.counts();
      screen.live(summaryLine(watch.produced, counts) + watch.more);
      if (!signal.aborted) await fleet.missing(screen.tell);
      await machine.clock.sleep(LOOK_EVERY_MS, signal);
    }
  };
  watch.watching = look();
  return watch;
};

const STALLED_MS = 60_000;
/** More would only be kept by the embedded Kinesis, whose memory is bounded. */
const MOST_UNDER_WAY = 50_000;

/** What is produced and not yet accounted for. */
const underWay = (watch: Watch): number => watch.produced - accountedFor(watch.counts());

const untilUnderWay = async (
  machine: Machine,
  watch: Watch,
  fleet: Fleet,
  most: number,
  signal: AbortSignal,
): Promise<void> => {
  let left = underWay(watch);
  let movedMs = machine.clock.now();
  while (underWay(watch) > most && !signal.aborted) {
    if (underWay(watch) !== left) {
      left = underWay(watch);
      movedMs = machine.clock.now();
    } else if (machine.clock.now() - movedMs > STALLED_MS)
      throw workerFailure(
        `nothing has moved for ${STALLED_MS / 1_000} s, ${left} events are not accounted for; a worker says: ${await fleet.readiness()}`,
        fleet.workers[0]?.logFile ?? '',
      );
    await machine.clock.sleep(LOOK_EVERY_MS / 3, signal);
  }
};

/** Resolves when everything produced is indexed, duplicate or dead-lettered; rejects when that comes to a standstill. */
export const untilAccounted = (machine: Machine, watch: Watch, fleet: Fleet, signal: AbortSignal): Promise<void> =>
  untilUnderWay(machine, watch, fleet, 0, signal);

/** Hands lines on only as fast as the workers follow. */
export async function* paced(
  lines: Iterable<DemoLine> | AsyncIterable<DemoLine>,
  machine: Machine,
  watch: Watch,
  fleet: Fleet,
  signal: AbortSignal,
): AsyncGenerator<DemoLine, void, undefined> {
  for await (const line of lines) {
    if (underWay(watch) > MOST_UNDER_WAY) await untilUnderWay(machine, watch, fleet, MOST_UNDER_WAY / 2, signal);
    if (signal.aborted) return;
    yield line;
  }
}
