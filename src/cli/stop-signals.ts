/** Hears of each request to stop: Ctrl-C, or the orchestrator's SIGTERM. */
export type OnStopSignal = (listener: (signal: string) => void) => void;

/** The process's stop signals; they go to the listener that came last, and end the process while there is none. */
export const stopSignals = (process: NodeJS.Process): OnStopSignal => {
  let current: ((signal: string) => void) | undefined;
  return (listener) => {
    if (!current) for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => current?.(name));
    current = listener;
  };
};
