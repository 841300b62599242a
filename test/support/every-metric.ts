import { createMetrics } from '../../src/telemetry/metrics.ts';

/** The exposition of a worker with every metric in it, those too that appear only with their first event. */
export const everyMetric = async (): Promise<string> => {
  const metrics = createMetrics({ stream: 's', version: '1' });
  try {
    metrics.recordsRead('x', 1);
    metrics.lag('x', 1);
    metrics.checkpointAge('x', 1);
    metrics.retentionRemaining('x', 1);
    metrics.bulk('x', 1);
    metrics.leaseEvent('x');
    metrics.leaseWrite('x');
    metrics.leaseRead('x');
    metrics.desiredWorkers(1);
    metrics.shards({ owned: 1, unowned: 1, waiting: 1, finished: 1 });
    return await metrics.text();
  } finally {
    metrics.close();
  }
};
