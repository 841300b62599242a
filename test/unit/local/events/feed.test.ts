import { expect, test } from 'vitest';
import { type FeedLine, type LineKind, musicFeed } from '../../../../src/local/events/feed.ts';

const START_MS = Date.UTC(2026, 4, 1, 7, 30);
const DAY_MS = 86_400_000;
const threeDays = { seed: 7, startMs: START_MS, endMs: START_MS + 3 * DAY_MS, eventsPerDay: 10_000 };

const feed = [...musicFeed(threeDays)];

const ofKind = (kind: LineKind): FeedLine[] => feed.filter((each) => each.kind === kind);
const eventOf = (each: FeedLine): Record<string, unknown> => JSON.parse(each.line);

const isEvent = (line: string): boolean => {
  try {
    const event = JSON.parse(line);
    const { event_id: id, event_type: type, timestamp } = event;
    return (
      [id, type].every((part) => typeof part === 'string' && part !== '') &&
      !Number.isNaN(Date.parse(new Date(timestamp).toISOString()))
    );
  } catch {
    return false;
  }
};

test('the same seed and start give the same lines, another of either gives others', () => {
  const text = JSON.stringify(feed);
  expect(JSON.stringify([...musicFeed(threeDays)])).toBe(text);
  expect(JSON.stringify([...musicFeed({ ...threeDays, seed: 8 })])).not.toBe(text);
  const later = [...musicFeed({ ...threeDays, startMs: START_MS + 1, endMs: START_MS + DAY_MS })];
  const ids = new Set(feed.map((each) => each.line));
  expect(later.filter((each) => each.kind === 'fresh' && ids.has(each.line))).toEqual([]);
});

test('lines come in the order of their arrival, within the time asked for and about as many as asked for', () => {
  const arrivals = feed.map((each) => each.arrivesMs);
  expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
  expect(Math.min(...arrivals)).toBeGreaterThanOrEqual(START_MS);
  expect(Math.max(...arrivals)).toBeLessThanOrEqual(threeDays.endMs);
  expect(feed.length).toBeGreaterThan(25_000);
  expect(feed.length).toBeLessThan(35_000);
});

test('what is called broken cannot be an event, everything else is one with an id of its own', () => {
  const broken = ofKind('broken');
  expect(broken.length).toBeGreaterThan(10);
  expect(broken.length).toBeLessThan(60);
  expect(broken.filter((each) => isEvent(each.line))).toEqual([]);
  const sound = feed.filter((each) => each.kind !== 'broken');
  expect(sound.filter((each) => !isEvent(each.line))).toEqual([]);
  const first = sound.filter((each) => each.kind !== 'duplicate');
  expect(new Set(first.map((each) => eventOf(each).event_id)).size).toBe(first.length);
});

test('a duplicate is byte for byte a line that came before it', () => {
  const seen = new Set<string>();
  const duplicates: boolean[] = [];
  for (const each of feed) {
    if (each.kind === 'duplicate') duplicates.push(seen.has(each.line));
    seen.add(each.line);
  }
  expect(duplicates.length).toBeGreaterThan(50);
  expect(new Set(duplicates)).toEqual(new Set([true]));
});

test('late events are at least a minute late, some of them days', () => {
  const delays = ofKind('late').map((each) => {
    const { timestamp } = eventOf(each);
    const seconds = typeof timestamp === 'number' && timestamp < 1e11;
    const atMs = seconds ? timestamp * 1_000 : new Date(String(timestamp)).getTime() || Number(timestamp);
    return each.arrivesMs - atMs;
  });
  expect(delays.length).toBeGreaterThan(200);
  expect(Math.min(...delays)).toBeGreaterThan(60_000);
  expect(Math.max(...delays)).toBeGreaterThan(DAY_MS);
});

test('few artists take many plays, some names are not ASCII, listeners use several platforms', () => {
  const plays = ofKind('fresh').map(eventOf);
  const counts = new Map<unknown, number>();
  for (const { artist } of plays) if (artist) counts.set(artist, (counts.get(artist) ?? 0) + 1);
  const sorted = [...counts.values()].sort((a, b) => b - a);
  const total = sorted.reduce((sum, count) => sum + count, 0);
  expect(counts.size).toBeGreaterThan(200);
  expect(sorted.slice(0, 20).reduce((sum, count) => sum + count, 0) / total).toBeGreaterThan(0.4);
  expect([...counts.keys()].filter((name) => /[^\p{ASCII}’]/u.test(String(name))).length).toBeGreaterThan(20);
  expect(new Set(plays.map((event) => event.platform)).size).toBe(7);
  expect(new Set(plays.map((event) => event.event_type))).toEqual(
    new Set(['page_view', 'play', 'skip', 'like', 'share']),
  );
});

test('without an end the feed goes on', () => {
  const { endMs: _, ...endless } = threeDays;
  let count = 0;
  for (const each of musicFeed({ ...endless, eventsPerDay: 1_000_000 })) {
    count += 1;
    if (each.arrivesMs > START_MS + DAY_MS / 10) break;
  }
  expect(count).toBeGreaterThan(30_000);
});
