// Writes what is made from other sources: shardline.schema.json and the table in the README from the configuration's schema,
// monitoring/grafana/*.json from scripts/dashboards.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { jsonSchema } from '../src/config/json-schema.ts';
import { withTable } from '../src/config/table.ts';
import { dashboardFiles } from './dashboards/all.ts';

const at = (name) => new URL(`../${name}`, import.meta.url);
writeFileSync(at('shardline.schema.json'), `${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
writeFileSync(at('README.md'), withTable(readFileSync(at('README.md'), 'utf8')));
mkdirSync(at('monitoring/grafana'), { recursive: true });
for (const [name, text] of dashboardFiles()) writeFileSync(at(`monitoring/grafana/${name}`), text);
