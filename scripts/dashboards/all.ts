import { dashboardJson } from './dashboard.ts';
import { fleet } from './fleet.ts';
import { overview } from './overview.ts';
import { shards } from './shards.ts';
import { sink } from './sink.ts';

/** Every dashboard: the name of its file in `monitoring/grafana`, and what stands in it. */
export const dashboardFiles = (): ReadonlyMap<string, string> =>
  new Map(
    [overview, shards, sink, fleet].map((each) => [
      `${each.name}.json`,
      `${JSON.stringify(dashboardJson(each), undefined, 2)}\n`,
    ]),
  );
