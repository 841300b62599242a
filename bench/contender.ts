import type { Figures } from './report.ts';
import type { Stage } from './stage.ts';

/** What every contender of a run carries. */
export interface Load {
  readonly stream: string;
  readonly events: number;
}

/** One consumer that carries all records once. `run` tells its runs apart. */
export type Contender = (stage: Stage, load: Load, run: number) => Promise<Figures>;

const MEBIBYTE = 1024 ** 2;

/** The figures that all contenders have: from process start to the last acknowledged document. */
export const figuresOf = (events: number, seconds: number, cpuSeconds: number, peakRssBytes: number): Figures => ({
  'CPU-s per million': (cpuSeconds / events) * 1e6,
  'records/s': events / seconds,
  'peak RSS MiB': peakRssBytes / MEBIBYTE,
});
