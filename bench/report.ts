import { cpus, loadavg, type } from 'node:os';

/** One line of figures; a figure that could not be had is undefined. */
export type Figures = Readonly<Record<string, number | undefined>>;

/** The value in the middle; of an even number of values the lower of the two. */
export const quantile = (values: readonly number[], share: number): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)];

/** The median of each figure over several runs. */
export const medians = (runs: readonly Figures[]): Figures => {
  const names = new Set(runs.flatMap((run) => Object.keys(run)));
  const median = (name: string) =>
    quantile(
      runs.flatMap((run) => run[name] ?? []),
      0.5,
    );
  return Object.fromEntries([...names].map((name) => [name, median(name)]));
};

const shown = (value: number | undefined): string => {
  if (value === undefined || Number.isNaN(value)) return '–';
  return value >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
};

/** A table for people: a row per name, a column per figure. */
export const table = (rows: Readonly<Record<string, Figures>>): string => {
  const columns = [...new Set(Object.values(rows).flatMap((figures) => Object.keys(figures)))];
  const cells = [
    ['', ...columns],
    ...Object.entries(rows).map(([name, figures]) => [name, ...columns.map((column) => shown(figures[column]))]),
  ];
  const widths = cells[0]?.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0))) ?? [];
  return cells
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))))
    .map((row) => row.join('  '))
    .join('\n');
};

/** Where figures come from: without it they say nothing. */
export const surroundings = () => ({
  date: new Date().toISOString(),
  node: process.version,
  system: type(),
  cores: cpus().length,
  processor: cpus()[0]?.model ?? 'unknown',
  /** Over the last minute. More than the cores: others worked beside the bench. */
  load: loadavg()[0],
});
