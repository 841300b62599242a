import type { Random } from '../../core/clock.ts';
import { Arrivals } from './arrivals.ts';
import { breakEvent } from './broken.ts';
import { makeCatalog } from './catalog.ts';
import { between, exponential, seededRandom } from './dice.ts';
import { makeListeners } from './listener.ts';
import { listen, type MusicEvent } from './session.ts';

/** What became of an event on its way here. Only `broken` ones are no event any more. */
export type LineKind = 'fresh' | 'late' | 'duplicate' | 'broken';

export interface FeedLine {
  readonly line: string;
  readonly kind: LineKind;
  /** When it arrives; the feed is ordered by it. */
  readonly arrivesMs: number;
}

export interface FeedOptions {
  readonly seed: number;
  /** The first session starts here. */
  readonly startMs: number;
  /** Nothing arrives after it; left out, the feed never ends. */
  readonly endMs?: number;
  /** About how many events a day brings. */
  readonly eventsPerDay: number;
}

const DAY_MS = 86_400_000;
/** Measured over many seeds: what one session brings, duplicates included. */
const EVENTS_PER_SESSION = 12.5;
const BROKEN = 0.001;
const DUPLICATE = 0.006;
const LATE = 0.02;
const DAYS_LATE = 0.001;

/** Nearly everything arrives within seconds; a phone without network delivers hours later, one in a thousand days later. */
const delayMs = (random: Random): number => {
  const luck = random();
  if (luck < DAYS_LATE) return between(random, DAY_MS, 3 * DAY_MS);
  if (luck < DAYS_LATE + LATE) return between(random, 3 * 60_000, 6 * 3_600_000);
  return between(random, 20, 4_000);
};

/** Evenings are busy, nights are not (UTC; listeners live everywhere, so the swing is moderate). */
const busyness = (atMs: number): number => 1 + 0.6 * Math.sin(((atMs % DAY_MS) / DAY_MS - 0.54) * 2 * Math.PI);

const send = (random: Random, event: MusicEvent, arrivals: Arrivals<FeedLine>): void => {
  const delay = delayMs(random);
  const arrivesMs = event.atMs + delay;
  if (random() < BROKEN) {
    arrivals.add(arrivesMs, { line: breakEvent(random, event.fields), kind: 'broken', arrivesMs });
    return;
  }
  const line = JSON.stringify(event.fields);
  arrivals.add(arrivesMs, { line, kind: delay > 60_000 ? 'late' : 'fresh', arrivesMs });
  if (random() >= DUPLICATE) return;
  const againMs = arrivesMs + Math.floor(exponential(random, 90_000));
  arrivals.add(againMs, { line, kind: 'duplicate', arrivesMs: againMs });
};

/**
 * Invented events of a music service that look real: popular artists and songs, sessions with pauses on several devices,
 * some events late, some twice, one in a thousand broken. The same options give the same lines.
 */
export function* musicFeed(options: FeedOptions): Generator<FeedLine, void, undefined> {
  const { seed, startMs, endMs = Number.POSITIVE_INFINITY, eventsPerDay } = options;
  const world = seededRandom(seed);
  const artist = makeCatalog(world);
  const listener = makeListeners(world, artist);
  const random = seededRandom(seed, startMs);
  const arrivals = new Arrivals<FeedLine>();
  const pauseMs = (DAY_MS * EVENTS_PER_SESSION) / eventsPerDay;
  let sessionMs = startMs;
  for (;;) {
    if (sessionMs <= arrivals.nextMs()) {
      if (sessionMs >= endMs) return;
      for (const event of listen(random, listener(random), artist, sessionMs)) send(random, event, arrivals);
      sessionMs += exponential(random, pauseMs) / busyness(sessionMs);
      continue;
    }
    const next = arrivals.take();
    if (next === undefined || next.arrivesMs > endMs) return;
    yield next;
  }
}
