// Usage: npm run bench [-- throughput|latency|failover|memory|start|idle|leases] [N] [--runs R] [--only CONTENDER]
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { localMachine } from '../src/local/machine.ts';
import { failover } from './failover.ts';
import { idle } from './idle.ts';
import { latency } from './latency.ts';
import { leases } from './leases.ts';
import { memory } from './memory.ts';
import { surroundings, table } from './report.ts';
import { openStage, type Stage } from './stage.ts';
import { start } from './start.ts';
import { throughput } from './throughput.ts';

const DEFAULT_EVENTS = 1_000_000;
const DEFAULT_RUNS = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: String(DEFAULT_RUNS) }, only: { type: 'string' } },
});
const events = Number(positionals.find((word) => /^\d+$/.test(word)) ?? DEFAULT_EVENTS);
const name = positionals.find((word) => !/^\d+$/.test(word)) ?? 'throughput';
const runs = Number(values.runs);

const variants: Readonly<Record<string, (stage: Stage) => Promise<{ rows: Parameters<typeof table>[0] }>>> = {
  throughput: (stage) => throughput(stage, { events, runs, only: values.only }),
  latency,
  failover,
  memory,
  start,
  idle,
  leases,
};

const variant = variants[name];
if (!variant) {
  console.error(`no bench "${name}"; there is ${Object.keys(variants).join(', ')}`);
  process.exit(2);
}
const machine = localMachine(process.env, (line) => console.error(line));
const stage = await openStage(machine);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
try {
  const result = await variant(stage);
  const folder = join(machine.cache, 'bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify({ bench: name, ...surroundings(), events, ...result }, undefined, 2)}\n`);
  console.log(table(result.rows));
  if ('ratios' in result)
    for (const [what, ratio] of Object.entries(result.ratios as Readonly<Record<string, number | undefined>>))
      console.log(`${what}: ${ratio?.toFixed(2) ?? '–'}`);
  console.log(`all figures: ${file}`);
} finally {
  await stage.end();
}
process.exit(0);
