import { emfDocuments } from '../telemetry/emf.ts';
import type { Worker } from './assemble.ts';

export interface EmfParts extends Pick<Worker, 'config' | 'metrics' | 'clock'> {
  /** Writes the gauges as they are now. */
  readonly refresh: () => void;
  readonly print: (line: string) => Promise<void>;
}

/** Where the configuration asks for it: the metrics for CloudWatch, a line in each interval, until the stop and once more. */
export const tellCloudWatch = async (parts: EmfParts, stop: AbortSignal): Promise<void> => {
  const { config, metrics, clock, refresh, print } = parts;
  if (config.metrics.emf === 'off') return;
  const document = emfDocuments(config.application);
  const tell = async () => {
    refresh();
    await print(document(await metrics.reading(), clock.wall().getTime()));
  };
  while (!stop.aborted) {
    await clock.sleep(config.metrics.emfIntervalMs, stop);
    await tell();
  }
};
