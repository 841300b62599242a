import { type Finding, fail, ok, warn } from './finding.ts';

const MIB = 1024 * 1024;
/** What a worker may take beside its budget, by the bounds that docs/performance.md holds it to. */
const BESIDE_BYTES = 160 * MIB;

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;

/** The memory budget against what this process, its container or its machine may use at most. */
export const judgeMemory = (budgetBytes: number, limitBytes: number): Finding => {
  const text = `memory.budget is ${mib(budgetBytes)}; this process may use ${mib(limitBytes)}`;
  const least = budgetBytes + BESIDE_BYTES;
  if (limitBytes >= least) return ok('memory', text);
  const fix = `give the container at least ${mib(least)}, or lower memory.budget: a worker takes up to ${mib(BESIDE_BYTES)} beside it, and one that is killed for its memory starts over from its checkpoints`;
  return (limitBytes <= budgetBytes ? fail : warn)('memory', text, fix);
};

/** AWS refuses signatures that are more than five minutes old or early. */
const REFUSED_MS = 5 * 60_000;
const ODD_MS = 30_000;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;

/** Our clock against the one of an answer; `skewMs` is positive when ours is ahead. `precisionMs` is what is not known. */
export const judgeClock = (skewMs: number, precisionMs: number, against: string): Finding => {
  const apartMs = Math.max(0, Math.abs(skewMs) - precisionMs);
  if (apartMs <= ODD_MS)
    return ok('clock', `our clock and that of ${against} are less than ${seconds(apartMs + precisionMs)} apart`);
  const text = `our clock is ${seconds(apartMs)} ${skewMs > 0 ? 'ahead of' : 'behind'} that of ${against}`;
  const fix =
    'set the clock (chrony, systemd-timesyncd; on EC2 the Amazon Time Sync Service): AWS refuses signatures that are 5 minutes off';
  return (apartMs >= REFUSED_MS ? fail : warn)('clock', text, fix);
};
