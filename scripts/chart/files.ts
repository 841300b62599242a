import { dashboardFiles } from '../dashboards/all.ts';
import { valuesSchema } from './schema.ts';
import { chartValues, withValues } from './values.ts';

const CHART = 'helm/shardline';

/** What is written into the chart from other sources, by path; helm packs nothing that stands outside the chart. */
export const chartFiles = (read: (path: string) => string): ReadonlyMap<string, string> => {
  const values = chartValues(read(`${CHART}/values.yaml`));
  const { version }: { version: string } = JSON.parse(read('package.json'));
  const chart = read(`${CHART}/Chart.yaml`)
    .replace(/^version: .*$/m, `version: ${version}`)
    .replace(/^appVersion: .*$/m, `appVersion: "${version}"`);
  return new Map([
    [`${CHART}/Chart.yaml`, chart],
    [`${CHART}/README.md`, withValues(read(`${CHART}/README.md`), values)],
    [`${CHART}/values.schema.json`, `${JSON.stringify(valuesSchema(values), undefined, 2)}\n`],
    [`${CHART}/files/rules.yml`, read('monitoring/rules.yml')],
    ...[...dashboardFiles()].map(([name, text]): [string, string] => [`${CHART}/files/dashboards/${name}`, text]),
  ]);
};
