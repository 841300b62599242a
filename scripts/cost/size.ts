import { ASSUMED, DAYS, GIB, MEASURED } from './facts.ts';

export interface Load {
  readonly eventsPerDay: number;
  /** Of an event as it is put on the stream. */
  readonly bytes: number;
  /** The busiest minutes beside the mean of the day. */
  readonly peak: number;
}

/** A task of Fargate: the sizes that exist, with the least memory of each. */
export interface Task {
  readonly vcpu: number;
  readonly gb: number;
}

const TASKS: readonly [Task, ...Task[]] = [
  { vcpu: 0.25, gb: 0.5 },
  { vcpu: 0.5, gb: 1 },
  // One loop does the work: more than a processor for one worker would idle.
  { vcpu: 1, gb: 2 },
];

export interface Fleet {
  readonly task: Task;
  readonly workers: number;
  readonly shards: number;
}

/** Billed bytes of a month, each event rounded up to whole steps, in GiB. */
export const monthGb = ({ eventsPerDay, bytes }: Load, step = 1): number =>
  (eventsPerDay * DAYS * Math.ceil(bytes / step) * step) / GIB;

/** Processors that the peak keeps busy; what an event costs is taken to grow with its size. */
export const peakCores = ({ eventsPerDay, bytes, peak }: Load): number =>
  ((eventsPerDay / 86_400) * peak * MEASURED.cpuSecondsPerMillion * Math.max(1, bytes / MEASURED.eventBytes)) / 1e6;

const shardsOf = ({ eventsPerDay, bytes, peak }: Load): number => {
  const perSecond = (eventsPerDay / 86_400) * peak;
  return Math.max(ASSUMED.shards, Math.ceil(perSecond / 1_000), Math.ceil((perSecond * bytes) / 1e6));
};

/** The smallest tasks of which one less than all carries the peak. */
export const fleetFor = (load: Load): Fleet => {
  const cores = peakCores(load);
  const room = ({ vcpu }: Task) => vcpu * ASSUMED.busy - MEASURED.idleCores;
  const task = TASKS.find((one) => room(one) >= cores) ?? { vcpu: 1, gb: 2 };
  const workers = Math.max(ASSUMED.workers, Math.ceil(cores / room(task)) + 1);
  return { task, workers, shards: Math.max(shardsOf(load), workers) };
};
