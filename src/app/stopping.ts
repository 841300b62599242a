import type { Clock } from '../core/clock.ts';

/** How far a stop has come; each stage lasts for good. */
export interface Stopping {
  /** Read no more, finish what is in hand, checkpoint, release. */
  readonly stop: AbortSignal;
  /** Wait no longer for what is in hand: save what is settled, release, end. */
  readonly drainDeadline: AbortSignal;
  /** End now, whatever still hangs: the shutdown time is used up but for the moment an exit takes. */
  readonly exitDeadline: AbortSignal;
  begin(): void;
  /** Begins, and waits for nothing that is in hand. */
  hurry(): void;
}

/** Part of the shutdown time that is kept for the last checkpoint, the release of the leases and the closing. */
const CLOSING_SHARE = 0.3;
const CLOSING_MOST_MS = 5_000;
/** Part of the shutdown time that the end of the process itself may take. */
const EXIT_SHARE = 0.05;
const EXIT_MOST_MS = 500;

/** A stop in stages, so that it ends within `shutdownTimeoutMs` whether the sink and the lease table answer or not. */
export const stopping = (shutdownTimeoutMs: number, clock: Clock): Stopping => {
  const stop = new AbortController();
  const drainDeadline = new AbortController();
  const exitDeadline = new AbortController();
  const begin = (): void => {
    if (stop.signal.aborted) return;
    stop.abort();
    const closingMs = Math.min(CLOSING_MOST_MS, shutdownTimeoutMs * CLOSING_SHARE);
    const exitMs = Math.min(EXIT_MOST_MS, shutdownTimeoutMs * EXIT_SHARE);
    void clock.sleep(shutdownTimeoutMs - closingMs).then(() => drainDeadline.abort());
    void clock.sleep(shutdownTimeoutMs - exitMs).then(() => exitDeadline.abort());
  };
  return {
    stop: stop.signal,
    drainDeadline: drainDeadline.signal,
    exitDeadline: exitDeadline.signal,
    begin,
    hurry() {
      begin();
      drainDeadline.abort();
    },
  };
};

/** Resolves when a signal that has not aborted yet does. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
