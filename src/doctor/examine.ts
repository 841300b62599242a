import type { Clock } from '../core/clock.ts';
import { describe } from '../core/errors.ts';
import { CHECKS, type CheckName, type Finding, fail } from './finding.ts';

/** One question, or some that belong together. */
export interface Check {
  readonly name: CheckName;
  ask(signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface Examination {
  readonly clock: Clock;
  /** How long each check may take. */
  readonly withinMs: number;
  readonly stop: AbortSignal;
}

const overdue = async (name: CheckName, { clock, withinMs, stop }: Examination, signal: AbortSignal) => {
  await clock.sleep(withinMs, signal);
  if (stop.aborted) return [fail(name, 'it was stopped before it was answered', 'ask again')];
  const fix = 'look at the network between here and there: names, routes, security groups, proxies';
  return [fail(name, `no answer within ${withinMs / 1_000} s`, fix)];
};

/** Rejections are findings; a check that does not come back in time is given up. */
const bounded = async ({ name, ask }: Check, examination: Examination): Promise<readonly Finding[]> => {
  const over = new AbortController();
  const asking = AbortSignal.any([over.signal, examination.stop]);
  const answered = ask(asking).catch((thrown): readonly Finding[] => [
    fail(name, describe(thrown), 'mend what this says'),
  ]);
  try {
    return await Promise.race([overdue(name, examination, asking), answered]);
  } finally {
    over.abort();
  }
};

/** Asks everything at once; what one finds keeps no other from asking. In the order of CHECKS. */
export const examine = async (checks: readonly Check[], examination: Examination): Promise<readonly Finding[]> => {
  const findings = await Promise.all(checks.map((check) => bounded(check, examination)));
  return findings.flat().sort((a, b) => CHECKS.indexOf(a.check) - CHECKS.indexOf(b.check));
};
