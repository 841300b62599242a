/** What a worker says it has done, and how far behind it is. */
export interface Counts {
  readonly indexed: number;
  readonly duplicates: number;
  readonly letters: Readonly<Record<string, number>>;
  readonly lagSeconds: number;
}

export const noCounts: Counts = { indexed: 0, duplicates: 0, letters: {}, lagSeconds: 0 };

/** All the numbers together. */
export const sum = (numbers: Iterable<number>): number => {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
};

/** All dead letters together. */
export const letterCount = (counts: Counts): number => sum(Object.values(counts.letters));

/** The counts of several workers as one; the lag is that of the one furthest behind. */
export const addCounts = (all: readonly Counts[]): Counts => {
  const letters: Record<string, number> = {};
  for (const [reason, count] of all.flatMap((counts) => Object.entries(counts.letters)))
    letters[reason] = (letters[reason] ?? 0) + count;
  return {
    indexed: sum(all.map(({ indexed }) => indexed)),
    duplicates: sum(all.map(({ duplicates }) => duplicates)),
    letters,
    lagSeconds: Math.max(0, ...all.map(({ lagSeconds }) => lagSeconds)),
  };
};

/** Produced events of which the worker has said what became of them. */
export const accountedFor = (counts: Counts): number => counts.indexed + counts.duplicates + letterCount(counts);

/** Reads the counts out of the exposition that Prometheus would read. */
export const parseCounts = (text: string): Counts => {
  const samples = text.matchAll(/^shardline_(\w+?)(?:\{(.*)\})? (\S+)$/gm);
  let [indexed, duplicates, lagSeconds] = [0, 0, 0];
  const letters: Record<string, number> = {};
  for (const [, name, labels = '', value] of samples) {
    const number = Number(value);
    if (name === 'documents_indexed_total') indexed += number;
    else if (name === 'documents_duplicate_total') duplicates += number;
    else if (name === 'lag_seconds') lagSeconds = Math.max(lagSeconds, number);
    else if (name === 'dead_letters_total' && number > 0) {
      const reason = /reason="([^"]*)"/.exec(labels)?.[1] ?? 'unknown';
      letters[reason] = (letters[reason] ?? 0) + number;
    }
  }
  return { indexed, duplicates, letters, lagSeconds };
};

/** One line that says how a demo gets on. */
export const summaryLine = (produced: number, counts: Counts): string =>
  [
    `produced ${produced}`,
    `indexed ${counts.indexed}`,
    `duplicates ${counts.duplicates}`,
    `dead letters ${letterCount(counts)}`,
    `lag ${counts.lagSeconds.toFixed(1)} s`,
  ].join(', ');
