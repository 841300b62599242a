import { readFileSync } from 'node:fs';

/** What a process has used since its start. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  readonly rssBytes: number;
}

/** Linux counts processor time for people in hundredths of a second, on every machine (man 5 proc, USER_HZ). */
const TICKS_PER_SECOND = 100;

const kibibytes = (status: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024;

/** Asks Linux for a process's user and system time and its memory. */
export const usageOf = (pid: number): Usage => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    peakRssBytes: kibibytes(status, 'VmHWM'),
    rssBytes: kibibytes(status, 'VmRSS'),
  };
};
