import type { Random } from '../../core/clock.ts';
import type { Artist } from './catalog.ts';
import { between, exponential, hex, pick } from './dice.ts';
import { type Listener, nextArtist } from './listener.ts';

/** One event of a listener, in the canonical shape, before anything happens to it on its way. */
export interface MusicEvent {
  readonly atMs: number;
  readonly fields: Readonly<Record<string, string | number>>;
}

const SCREENS = ['home', 'search', 'library', 'artist', 'settings'] as const;
/** A session goes on after a song with this chance: 8 songs in the mean. */
const GO_ON = 0.875;
const LONGEST_SONGS = 60;

const uuid = (random: Random): string =>
  `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`;

/** Most producers write ISO-8601, some write epoch milliseconds, old ones whole seconds. */
const timestampOf = (random: Random, atMs: number): string | number => {
  const form = random();
  if (form < 0.85) return new Date(atMs).toISOString();
  return form < 0.95 ? atMs : Math.floor(atMs / 1_000);
};

/** What one listener does from opening the app to closing it. */
export const listen = (
  random: Random,
  listener: Listener,
  artist: (random: Random) => Artist,
  startMs: number,
): MusicEvent[] => {
  const common = {
    user_id: listener.id,
    session_id: `s-${hex(random, 10)}`,
    level: listener.level,
    platform: pick(random, listener.platforms),
    country: pick(random, listener.countries),
    app_version: `7.${between(random, 0, 4)}.${between(random, 0, 12)}`,
  };
  const events: MusicEvent[] = [];
  let atMs = Math.floor(startMs);
  const tell = (type: string, more: MusicEvent['fields']) => {
    const head = { event_id: uuid(random), event_type: type, timestamp: timestampOf(random, atMs) };
    events.push({ atMs, fields: { ...head, ...common, ...more } });
  };
  tell('page_view', { screen: 'home' });
  for (let songs = 0; songs === 0 || (songs < LONGEST_SONGS && random() < GO_ON); songs += 1) {
    atMs += between(random, 300, 4_000);
    const by = nextArtist(random, listener, artist);
    const song = by.song(random);
    const what = {
      artist_id: by.id,
      artist: by.name,
      song_id: song.id,
      song: song.title,
      duration_ms: song.durationMs,
    };
    tell('play', what);
    atMs += hearSong(random, song.durationMs, (type, afterMs) => {
      atMs += afterMs;
      tell(type, what);
    });
    if (random() < 0.12) tell('page_view', { screen: pick(random, SCREENS) });
    // Now and then the music is paused for a while.
    if (random() < 0.07) atMs += Math.floor(exponential(random, 600_000));
  }
  return events;
};

/** Skips, likes or shares a song, or hears it to its end; returns how much longer it plays after the last of these. */
const hearSong = (random: Random, durationMs: number, tell: (type: string, afterMs: number) => void): number => {
  if (random() < 0.22) {
    tell('skip', between(random, 2_000, 40_000));
    return between(random, 100, 900);
  }
  const heardMs = between(random, 5_000, Math.floor(durationMs * 0.8));
  if (random() < 0.06) tell('like', heardMs);
  else if (random() < 0.015) tell('share', heardMs);
  else return durationMs;
  return durationMs - heardMs;
};
