// Usage: npm run bench [-- throughput|latency|failover|memory|start|idle|leases|outage] [N] [--runs R] [--only CONTENDER] [--peer java]
// What each variant does and how to read its figures: docs/performance.md
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describe } from '../src/core/errors.ts';
import { localMachine, type Machine } from '../src/local/machine.ts';
import { failover } from './failover.ts';
import { idle } from './idle.ts';
import { latency } from './latency.ts';
import { leases } from './leases.ts';
import { memory } from './memory.ts';
import { outage } from './outage.ts';
import { type Figures, surroundings, table } from './report.ts';
import { openStage, type Stage } from './stage.ts';
import { start } from './start.ts';
import { throughput } from './throughput.ts';

/** What a variant answers; all of it goes into its file. */
interface Result {
  readonly rows: Readonly<Record<string, Figures>>;
  readonly ratios?: Figures;
}

type Variant = (stage: Stage) => Promise<Result>;

const PEERS: readonly string[] = ['java'];

const wrong = (message: string): never => {
  console.error(message);
  process.exit(2);
};

const { values, positionals } = (() => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        runs: { type: 'string', default: '3' },
        only: { type: 'string' },
        peer: { type: 'string', multiple: true, default: [] },
      },
    });
  } catch (thrown) {
    return wrong(thrown instanceof Error ? thrown.message : String(thrown));
  }
})();

const count = (text: string, what: string): number =>
  /^[1-9]\d*$/.test(text) ? Number(text) : wrong(`${what} is ${text}, expected a whole number from 1 on`);

const isNumber = (word: string): boolean => /^\d+$/.test(word);
const name = positionals.find((word) => !isNumber(word)) ?? 'throughput';
const events = count(positionals.find(isNumber) ?? '1000000', 'the number of events');
const runs = count(values.runs, '--runs');
const stranger = values.peer.find((peer) => !PEERS.includes(peer));
if (stranger !== undefined) wrong(`no peer "${stranger}"; there is ${PEERS.join(', ')}`);

const variants: Readonly<Record<string, Variant>> = {
  throughput: (stage) => throughput(stage, { events, runs, only: values.only, peers: values.peer }),
  latency,
  failover,
  memory,
  start,
  idle,
  leases,
  outage,
};

const report = (machine: Machine, result: Result): void => {
  const folder = join(machine.cache, 'bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  const asked = name === 'throughput' ? { events } : {};
  writeFileSync(file, `${JSON.stringify({ bench: name, ...surroundings(), ...asked, ...result }, undefined, 2)}\n`);
  console.log(table(result.rows));
  for (const [what, ratio] of Object.entries(result.ratios ?? {}))
    if (ratio !== undefined) console.log(`${what}: ${ratio.toFixed(2)}`);
  console.log(`all figures: ${file}`);
};

const variant = variants[name] ?? wrong(`no bench "${name}"; there is ${Object.keys(variants).join(', ')}`);
const machine = localMachine(process.env, (line) => console.error(line));
const stage = await openStage(machine);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
let code = 0;
try {
  report(machine, await variant(stage));
} catch (thrown) {
  console.error(`the bench failed: ${describe(thrown)}`);
  code = 1;
}
await stage.end();
process.exit(code);
