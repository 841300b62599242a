import type { Random } from '../../core/clock.ts';

/** A random source in [0, 1) with 32 bits of state. */
export const mulberry32 = (seed: number): Random => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** A random source that seeds of any size and number are folded into. */
export const seededRandom = (...seeds: readonly number[]): Random => {
  let state = 0x9e3779b9;
  for (const seed of seeds) {
    state = Math.imul(state ^ (seed >>> 0), 0x85ebca6b);
    state = Math.imul(state ^ (Math.floor(seed / 4_294_967_296) >>> 0) ^ (state >>> 13), 0xc2b2ae35);
  }
  return mulberry32(state);
};

/** A whole number from `low` up to, not including, `high`. */
export const between = (random: Random, low: number, high: number): number => low + Math.floor(random() * (high - low));

/** Any of the items, each as likely as the others. */
export const pick = <T>(random: Random, items: readonly [T, ...T[]]): T =>
  items[between(random, 0, items.length)] ?? items[0];

/** Waiting time until the next of many independent things, exponentially distributed. */
export const exponential = (random: Random, mean: number): number => -Math.log(1 - random()) * mean;

/** Picks by Zipf's law: item k is chosen in proportion to 1 / (k + 1)^exponent. */
export const zipf = <T>(items: readonly [T, ...T[]], exponent: number): ((random: Random) => T) => {
  let total = 0;
  const sums = items.map((_, rank) => {
    total += 1 / (rank + 1) ** exponent;
    return total;
  });
  return (random) => {
    const wanted = random() * total;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? total) > wanted) high = middle;
      else low = middle + 1;
    }
    return items[low] ?? items[0];
  };
};

/** `count` hexadecimal digits. */
export const hex = (random: Random, count: number): string =>
  Array.from({ length: count }, () => between(random, 0, 16).toString(16)).join('');

/** A list that is known to hold something, made of `count` (at least one) items. */
export const listOf = <T>(count: number, make: (index: number) => T): [T, ...T[]] => [
  make(0),
  ...Array.from({ length: count - 1 }, (_, index) => make(index + 1)),
];
