import type { Clock } from '../core/clock.ts';
import { describe } from '../core/errors.ts';
import type { Probe } from '../core/probe.ts';

/** The answer of one probe. */
export interface ProbeAnswer {
  readonly name: string;
  readonly ok: boolean;
  readonly reason?: string;
}

/** Whether the worker can do its work, and what stands in the way. */
export interface Readiness {
  readonly ready: boolean;
  readonly probes: readonly ProbeAnswer[];
}

export interface ReadinessBook {
  /** Asks every probe at once, unless the last answers are still fresh. */
  ask(): Promise<Readiness>;
  /** Not ready any more, whatever the probes say. */
  markStopping(): void;
}

const FRESH_MS = 5_000;
const TIMEOUT_MS = 3_000;

const askProbe = async (probe: Probe, clock: Clock): Promise<ProbeAnswer> => {
  const done = new AbortController();
  const late = clock.sleep(TIMEOUT_MS, done.signal).then(() => `no answer within ${TIMEOUT_MS / 1000} s`);
  try {
    const reason = await Promise.race([probe.check(done.signal), late]);
    return reason === undefined ? { name: probe.name, ok: true } : { name: probe.name, ok: false, reason };
  } catch (thrown) {
    return { name: probe.name, ok: false, reason: describe(thrown) };
  } finally {
    done.abort();
  }
};

/** Keeps the probes' answers for 5 s, so that many askers cost no more than one. */
export const createReadiness = (probes: readonly Probe[], clock: Clock): ReadinessBook => {
  let last: { readonly atMs: number; readonly answers: Promise<readonly ProbeAnswer[]> } | undefined;
  let stopping = false;
  const answers = (): Promise<readonly ProbeAnswer[]> => {
    if (last === undefined || clock.now() - last.atMs >= FRESH_MS)
      last = { atMs: clock.now(), answers: Promise.all(probes.map((probe) => askProbe(probe, clock))) };
    return last.answers;
  };
  return {
    ask: async () => {
      if (stopping) return { ready: false, probes: [{ name: 'worker', ok: false, reason: 'the worker is stopping' }] };
      const all = await answers();
      return { ready: all.every((answer) => answer.ok), probes: all };
    },
    markStopping: () => {
      stopping = true;
    },
  };
};
