import type { Clock } from '../../core/clock.ts';
import type { FeedLine, LineKind } from '../events/feed.ts';
import { musicFeed } from '../events/feed.ts';

/** An event as it is put on the stream; one from a file says where it stands. */
export type DemoLine = Uint8Array | { readonly data: Uint8Array; readonly bytes: number; readonly origin: string };

/** What has been handed to the producer, by kind. */
export type LineCounts = Record<LineKind, number>;

export const noLines = (): LineCounts => ({ fresh: 0, late: 0, duplicate: 0, broken: 0 });

const SEED = 1;
const DAY_MS = 86_400_000;
const BACKLOG_DAYS = 3;
const BACKLOG_EVENTS_PER_DAY = 7_000;
const LIVE_EVENTS_PER_DAY = 20 * 86_400;
const LIVE_EVERY_MS = 250;

const encoder = new TextEncoder();

const handOut = (each: FeedLine, counts: LineCounts): Uint8Array => {
  counts[each.kind] += 1;
  return encoder.encode(each.line);
};

/** Three days of events up to now, as fast as they are taken. */
export function* backlog(nowMs: number, counts: LineCounts): Generator<Uint8Array, void, undefined> {
  const startMs = nowMs - BACKLOG_DAYS * DAY_MS;
  const feed = musicFeed({ seed: SEED, startMs, endMs: nowMs, eventsPerDay: BACKLOG_EVENTS_PER_DAY });
  for (const each of feed) yield handOut(each, counts);
}

/** Events as they happen, from now on: about twenty a second. */
export async function* live(
  clock: Clock,
  counts: LineCounts,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const startMs = clock.wall().getTime();
  for (const each of musicFeed({ seed: SEED, startMs, eventsPerDay: LIVE_EVENTS_PER_DAY })) {
    while (each.arrivesMs > clock.wall().getTime() && !signal.aborted) await clock.sleep(LIVE_EVERY_MS, signal);
    if (signal.aborted) return;
    yield handOut(each, counts);
  }
}
