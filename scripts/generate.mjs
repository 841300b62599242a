// Writes what is made from other sources: shardline.schema.json and the table in the README from the configuration's schema,
// monitoring/grafana/*.json from scripts/dashboards, the tables in docs/cost.md from scripts/cost, the table in deploy/README.md from
// the keys of an environment; and in helm/shardline the schema, the README's table of values, rules, dashboards and version; in
// streaming-jobs what the Spark jobs know of events and of OpenSearch's answers, from the service's own definitions.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { keysTable } from '../deploy/lib/environment/table.ts';
import { jsonSchema } from '../src/config/json-schema.ts';
import { withBetween, withTable } from '../src/config/table.ts';
import { chartFiles } from './chart/files.ts';
import { costTables } from './cost/tables.ts';
import { dashboardFiles } from './dashboards/all.ts';
import { eventSchema, verdicts } from './spark-definitions.ts';

const at = (name) => new URL(`../${name}`, import.meta.url);
writeFileSync(at('shardline.schema.json'), `${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
writeFileSync(at('README.md'), withTable(readFileSync(at('README.md'), 'utf8')));
const deploy = readFileSync(at('deploy/README.md'), 'utf8');
writeFileSync(at('deploy/README.md'), withBetween(deploy, 'keys', keysTable()));
let cost = readFileSync(at('docs/cost.md'), 'utf8');
for (const [name, text] of costTables()) cost = withBetween(cost, name, text);
writeFileSync(at('docs/cost.md'), cost);
mkdirSync(at('monitoring/grafana'), { recursive: true });
for (const [name, text] of dashboardFiles()) writeFileSync(at(`monitoring/grafana/${name}`), text);
mkdirSync(at('helm/shardline/files/dashboards'), { recursive: true });
for (const [path, text] of chartFiles((path) => readFileSync(at(path), 'utf8'))) writeFileSync(at(path), text);
for (const [name, made] of [
  ['events.schema.json', eventSchema()],
  ['verdicts.json', verdicts()],
])
  writeFileSync(at(`streaming-jobs/shardline_jobs/${name}`), `${JSON.stringify(made, undefined, 2)}\n`);
