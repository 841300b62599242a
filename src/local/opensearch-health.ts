import type { Clock } from '../core/clock.ts';
import { describe, ShardlineError } from '../core/errors.ts';

const ASK_EVERY_MS = 100;

/** Resolves once the cluster is yellow or green; rejects with its last answer after `withinMs`. */
export const waitUntilHealthy = async (clock: Clock, url: string, withinMs: number): Promise<void> => {
  const deadline = clock.now() + withinMs;
  let last = 'nothing';
  while (clock.now() < deadline) {
    try {
      const answer = await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=5s`);
      last = await answer.text();
      if (answer.ok) return;
    } catch (error) {
      last = describe(error);
    }
    await clock.sleep(ASK_EVERY_MS);
  }
  throw new ShardlineError(
    'SHARDLINE_LOCAL_START_FAILED',
    `OpenSearch at ${url} is not healthy after ${withinMs} ms; its last answer: ${last}`,
  );
};
