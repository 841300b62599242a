import { prepareSpark } from '../spark/job.ts';
import type { DemoOptions } from './demo.ts';
import { openSearchPlace } from './environment.ts';
import { type DemoParts, startParts } from './parts.ts';
import { refuseEarlierRuns, startTrending, type Trending } from './trending.ts';

/** Everything of a demo but its workers. */
export interface Surroundings extends DemoParts {
  readonly trending: Trending | undefined;
}

/** What has to be downloaded for Spark comes before anything is started: without it there is no such demo. */
export const startSurroundings = async (options: DemoOptions): Promise<Surroundings> => {
  const { machine, once, opensearchUrl, lines, serveChart } = options;
  if (serveChart && once && opensearchUrl !== undefined) await refuseEarlierRuns(openSearchPlace(opensearchUrl));
  const spark = serveChart && (await prepareSpark(machine));
  const parts = await startParts(machine, { opensearchUrl, anyAge: lines !== undefined });
  if (!serveChart || !spark) return { ...parts, trending: undefined };
  try {
    const trending = await startTrending(machine, spark, parts, serveChart);
    const stop = async () => {
      await Promise.all([trending.stop(), parts.stop()]);
    };
    return { ...parts, trending, stop };
  } catch (error) {
    await parts.stop();
    throw error;
  }
};
