import type { Random } from '../../core/clock.ts';
import type { Artist } from './catalog.ts';
import { between, listOf, pick, zipf } from './dice.ts';

export interface Listener {
  readonly id: string;
  readonly level: 'free' | 'paid';
  readonly countries: readonly [string, ...string[]];
  readonly platforms: readonly [string, ...string[]];
  readonly favourites: readonly [Artist, ...Artist[]];
}

const LISTENERS = 3_000;
const COUNTRIES = zipf(['US', 'DE', 'GB', 'BR', 'JP', 'FR', 'MX', 'PL', 'SE', 'IN', 'NG', 'KR', 'TR', 'ES', 'IS'], 0.8);
const PLATFORMS = zipf(['ios', 'android', 'web', 'desktop', 'tv', 'speaker', 'car'], 0.9);

const makeListener = (random: Random, index: number, artist: (random: Random) => Artist): Listener => {
  const home = COUNTRIES(random);
  return {
    id: `user-${String(index + 1).padStart(5, '0')}`,
    level: random() < 0.38 ? 'paid' : 'free',
    // One in twelve travels.
    countries: random() < 0.08 ? [home, COUNTRIES(random)] : [home],
    platforms: listOf(between(random, 1, 4), () => PLATFORMS(random)),
    favourites: listOf(between(random, 2, 9), () => artist(random)),
  };
};

/** Everybody who listens: picks one, a few of them far more often than most. */
export const makeListeners = (random: Random, artist: (random: Random) => Artist): ((random: Random) => Listener) =>
  zipf(
    listOf(LISTENERS, (index) => makeListener(random, index, artist)),
    0.6,
  );

/** People mostly hear what they like, and sometimes what everybody hears. */
export const nextArtist = (random: Random, listener: Listener, artist: (random: Random) => Artist): Artist =>
  random() < 0.6 ? pick(random, listener.favourites) : artist(random);
