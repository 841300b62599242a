// Writes what is made from the configuration's schema: shardline.schema.json and the table in the README.
import { readFileSync, writeFileSync } from 'node:fs';
import { jsonSchema } from '../src/config/json-schema.ts';
import { withTable } from '../src/config/table.ts';

const at = (name) => new URL(`../${name}`, import.meta.url);
writeFileSync(at('shardline.schema.json'), `${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
writeFileSync(at('README.md'), withTable(readFileSync(at('README.md'), 'utf8')));
