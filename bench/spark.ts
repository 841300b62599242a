// Usage: npm run bench:spark [-- EVENTS]   events through the Spark jobs on two cores, beside DuckDB (docs/performance.md)
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '../src/core/errors.ts';
import { localMachine } from '../src/local/machine.ts';
import { startChild } from '../src/local/process.ts';
import { runFolder } from '../src/local/run-folder.ts';
import { findSparkTools, jobsFolder, sparkEnvironment, sparkPython } from '../src/local/spark/python.ts';

const [events = '1000000'] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(events)) {
  console.error(`the number of events is ${events}, expected a whole number from 1 on`);
  process.exit(2);
}
const machine = localMachine(process.env, (line) => console.error(line));

const main = async (): Promise<number> => {
  const jdk = findSparkTools(machine.env);
  const bin = await sparkPython(machine);
  const folder = runFolder(machine, 'bench');
  const child = startChild({
    command: join(bin, 'python'),
    args: ['-m', 'bench', join(machine.cache, 'bench', 'spark.json'), events],
    cwd: jobsFolder(),
    env: sparkEnvironment(machine.env, jdk, bin, folder),
    clock: machine.clock,
    logFile: join(folder, 'bench.log'),
    onLine: (line) => console.log(line),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill());
  const ending = await child.ended;
  if (ending !== 'exit code 0') {
    console.error(`the bench failed (${ending}); what its runs said is in ${folder}`);
    return 1;
  }
  rmSync(folder, { recursive: true, force: true });
  return 0;
};

try {
  process.exitCode = await main();
} catch (thrown) {
  console.error(describe(thrown));
  process.exitCode = 1;
}
