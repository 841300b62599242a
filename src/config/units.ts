const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** How a length of time is written: `250ms`, `5s`, `15m`, `1h`, `30d`. */
export const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;

/** How an amount of memory is written: `64KiB`, `5MiB`, `1GiB`, `512B`. */
export const SIZE = /^(\d{1,9})(B|KiB|MiB|GiB)$/;

const scaled = (text: string, form: RegExp, units: Readonly<Record<string, number>>): number => {
  const [, count = '', unit = ''] = form.exec(text) ?? [];
  return Number(count || Number.NaN) * (units[unit] ?? Number.NaN);
};

/** Milliseconds; NaN for text that is no duration. */
export const parseDuration = (text: string): number => scaled(text, DURATION, MS);

/** Bytes; NaN for text that is no size. */
export const parseSize = (text: string): number => scaled(text, SIZE, BYTES);

const shortest = (amount: number, units: Readonly<Record<string, number>>): string => {
  const largestFirst = Object.entries(units).sort(([, a], [, b]) => b - a);
  const [name, size] = largestFirst.find(([, each]) => amount >= each && amount % each === 0) ?? ['', 1];
  return `${amount / size}${name || largestFirst.at(-1)?.[0]}`;
};

/** The shortest exact spelling: 1500 → `1500ms`, 60000 → `1m`. */
export const formatDuration = (ms: number): string =>
  ms === Number.POSITIVE_INFINITY ? 'unlimited' : shortest(ms, MS);

/** The shortest exact spelling: 65536 → `64KiB`. */
export const formatSize = (bytes: number): string => shortest(bytes, BYTES);
