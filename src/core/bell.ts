import type { Clock } from './clock.ts';

/** A pause that can be cut short because there is something to do. */
export interface Bell {
  /** Ends the pause under way, or the next one at once. */
  ring(): void;
  rest(ms: number, signal: AbortSignal): Promise<void>;
}

/** A loop rests on its bell; whoever knows of work for it rings. */
export const openBell = (clock: Clock): Bell => {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    rest: async (ms, signal) => {
      const wake = new AbortController();
      const end = () => wake.abort();
      const { signal: ring } = rung;
      if (ring.aborted || signal.aborted) end();
      ring.addEventListener('abort', end, { once: true });
      signal.addEventListener('abort', end, { once: true });
      await clock.sleep(ms, wake.signal);
      signal.removeEventListener('abort', end);
      rung = new AbortController();
    },
  };
};
