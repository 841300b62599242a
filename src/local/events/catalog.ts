import type { Random } from '../../core/clock.ts';
import { between, hex, listOf, pick, zipf } from './dice.ts';
import { ADJECTIVES, BANDS, FIRST_NAMES, LAST_NAMES, NOUNS, TITLES } from './words.ts';

export interface Song {
  readonly id: string;
  readonly title: string;
  readonly durationMs: number;
}

export interface Artist {
  readonly id: string;
  readonly name: string;
  readonly song: (random: Random) => Song;
}

const ARTISTS = 400;
const MOST_SONGS = 25;
/** Streaming follows a power law: few artists take most plays. */
const POPULARITY = 1.05;

const artistName = (random: Random, index: number): string => {
  const shape = random();
  if (shape < 0.12) return `${pick(random, BANDS)}${index < BANDS.length ? '' : ` ${between(random, 2, 99)}`}`;
  if (shape < 0.5) return `${pick(random, FIRST_NAMES)} ${pick(random, LAST_NAMES)}`;
  if (shape < 0.8) return `The ${pick(random, ADJECTIVES)} ${pick(random, NOUNS)}`;
  return `${pick(random, FIRST_NAMES)} & the ${pick(random, NOUNS)}`;
};

const songTitle = (random: Random): string => {
  const shape = random();
  if (shape < 0.2) return pick(random, TITLES);
  if (shape < 0.6) return `${pick(random, ADJECTIVES)} ${pick(random, NOUNS)}`;
  if (shape < 0.8) return `${pick(random, NOUNS)} of ${between(random, 1962, 2026)}`;
  return `${pick(random, FIRST_NAMES)}’s ${pick(random, NOUNS)}`;
};

const makeSong = (random: Random): Song => ({
  id: `SO${hex(random, 14).toUpperCase()}`,
  title: songTitle(random),
  durationMs: between(random, 95_000, 420_000),
});

const makeArtist = (random: Random, index: number): Artist => ({
  id: `AR${hex(random, 14).toUpperCase()}`,
  name: artistName(random, index),
  song: zipf(
    listOf(between(random, 1, MOST_SONGS), () => makeSong(random)),
    0.9,
  ),
});

/** All the music there is: picks an artist as listeners would. */
export const makeCatalog = (random: Random): ((random: Random) => Artist) =>
  zipf(
    listOf(ARTISTS, (index) => makeArtist(random, index)),
    POPULARITY,
  );
