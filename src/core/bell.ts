import type { Clock } from './clock.ts';

/** A pause that can be cut short because there is something to do. */
export interface Bell {
  /** Ends the pause under way, or the next one at once. */
  ring(): void;
  rest(ms: number, signal: AbortSignal): Promise<void>;
}

/** A reason given saves the error that would be made for one. */
const RUNG = 'rung';

/** A loop rests on its bell; whoever knows of work for it rings. */
export const openBell = (clock: Clock): Bell => {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(RUNG),
    rest: async (ms, signal) => {
      const wake = new AbortController();
      const end = () => wake.abort(RUNG);
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
