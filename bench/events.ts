const TYPES = ['play', 'skip', 'like', 'share'] as const;
const ARTISTS = [
  'Björk',
  'Muse',
  'Kings Of Leon',
  'Dwight Yoakam',
  'Coldplay',
  'Radiohead',
  'Daft Punk',
  'The Black Keys',
];
const USERS = 100_000;
/** A million events spread over a day. */
const STEP_MS = 86;

/** What an event's record says beside its data. */
export interface BenchEvent {
  readonly partitionKey: string;
  readonly json: string;
}

/** Canonical event number `i` of a run, about 300 bytes: always the same one for the same start. */
export const benchEvent = (i: number, startMs: number): BenchEvent => {
  const user = `u${(i * 7_919) % USERS}`;
  const event = {
    event_id: `e-${String(i).padStart(10, '0')}`,
    event_type: TYPES[i % TYPES.length],
    timestamp: new Date(startMs + i * STEP_MS).toISOString(),
    user_id: user,
    session_id: `s${i >> 5}`,
    artist_id: `AR${i % 5_003}`,
    artist: ARTISTS[i % ARTISTS.length],
    song_id: `SO${i % 20_011}`,
    song: `Song number ${i % 20_011}`,
    duration_ms: 180_000 + (i % 90_000),
    level: i % 2 ? 'paid' : 'free',
    platform: 'ios',
    country: 'DE',
  };
  return { partitionKey: user, json: JSON.stringify(event) };
};
