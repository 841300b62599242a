// Usage: node test/spark/run.ts [REPORT [PYTEST ARGUMENT…]]
// Runs the checks and tests of streaming-jobs/ on a real Spark, beside the parts that the service's own tests have.
// Installs what is missing. Writes the sums into REPORT, as JSON.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process, { argv, env, stderr } from 'node:process';
import { describe } from '../../src/core/errors.ts';
import { startKinesis } from '../../src/local/kinesis/server.ts';
import { packageRoot } from '../../src/local/machine.ts';
import { startOpenSearch } from '../../src/local/opensearch.ts';
import { runFolder } from '../../src/local/run-folder.ts';
import { sparkJars } from '../../src/local/spark/jars.ts';
import { findSparkTools, jobsFolder, sparkEnvironment, sparkPython } from '../../src/local/spark/python.ts';
import { startKafka } from '../support/kafka.ts';
import { testMachine } from '../support/machine.ts';
import { startMoto } from '../support/moto.ts';
import { startPostgres } from '../support/postgres.ts';
import { installPromtool } from '../support/tools/promtool.ts';
import { CONNECTORS } from './connectors.ts';
import { OWN_KEY, startSignedFronts } from './signed-fronts.ts';

interface Sums {
  passed: number;
  failed: number;
  failures: string[];
}

const say = (line: string) => stderr.write(`${line}\n`);
const [report = join(packageRoot(), '.cache', 'test-results', 'spark.json'), ...more] = argv.slice(2);
const machine = testMachine();

/** As some domains take less at once than the jobs send: what is refused with 413 is to be seen. */
const SMALL = { settings: { 'http.max_content_length': '1mb' } };

const running = new Set<ReturnType<typeof spawn>>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
  });

/** Where the jobs' own Python is, and the environment in which it runs. */
interface Python {
  readonly bin: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs a program of the jobs' own Python to its end. */
const python = (place: Python, args: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
  new Promise<number>((resolve) => {
    const child = spawn(join(place.bin, 'python'), args, {
      cwd: jobsFolder(),
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...place.env, ...variables },
    });
    running.add(child);
    const end = (code: number) => {
      running.delete(child);
      resolve(code);
    };
    child.on('error', (error) => {
      say(describe(error));
      end(1);
    });
    child.on('exit', (code) => end(code ?? 1));
  });

const sums: Sums = { passed: 0, failed: 0, failures: [] };
const count = (name: string, code: number): void => {
  if (code === 0) sums.passed += 1;
  else {
    sums.failed += 1;
    sums.failures.push(`${name} failed`);
  }
};

const check = async (place: Python, cache: string): Promise<void> => {
  count('ruff check', await python(place, ['-m', 'ruff', 'check', '--no-cache', '.']));
  count('ruff format', await python(place, ['-m', 'ruff', 'format', '--no-cache', '--check', '--quiet', '.']));
  count('mypy', await python(place, ['-m', 'mypy', '--cache-dir', join(cache, 'mypy')]));
};

/** What pytest's own report (streaming-jobs/tests/conftest.py) counted. A run that broke off never sums to no failure. */
const pytest = async (place: Python, folder: string, variables: Readonly<Record<string, string>>): Promise<void> => {
  const path = join(folder, 'pytest.json');
  const args = ['-m', 'pytest', '-p', 'no:cacheprovider', ...more];
  const code = await python(place, args, { ...variables, SHARDLINE_TEST_REPORT: path });
  try {
    const counted: Sums = JSON.parse(readFileSync(path, 'utf8'));
    sums.passed += counted.passed;
    sums.failed += counted.failed;
    sums.failures.push(...counted.failures);
    if (code === 0 || counted.failed > 0) return;
  } catch {
    say('pytest wrote no report');
  }
  count('pytest', 1);
};

const main = async (): Promise<void> => {
  const jdk = findSparkTools(machine.env);
  const bin = await sparkPython(machine);
  const folder = runFolder(machine, 'spark');
  const place = { bin, env: sparkEnvironment(env, jdk, bin, folder) };
  const checks = check(place, machine.cache);
  await using parts = new AsyncDisposableStack();
  parts.defer(() => rmSync(folder, { recursive: true, force: true }));
  const opensearch = parts.adopt(await startOpenSearch(machine, SMALL), (started) => started.stop());
  const signed = parts.adopt(await startSignedFronts(opensearch.url), (started) => started.stop());
  const kafka = parts.adopt(await startKafka(machine), (started) => started.stop());
  const kinesis = parts.adopt(await startKinesis(), (started) => started.close());
  const moto = parts.adopt(await startMoto(machine), (started) => started.stop());
  const postgres = parts.adopt(await startPostgres(machine, jdk), (started) => started.stop());
  const jars = await sparkJars(machine, jdk, CONNECTORS);
  await checks;
  await pytest(place, folder, {
    SHARDLINE_TEST_JARS: jars,
    SHARDLINE_TEST_OPENSEARCH: opensearch.url,
    SHARDLINE_TEST_KAFKA: kafka.servers,
    SHARDLINE_TEST_KINESIS: kinesis.url,
    SHARDLINE_TEST_S3: moto.url,
    SHARDLINE_TEST_POSTGRES: String(postgres.port),
    SHARDLINE_TEST_SIGNED_DOMAIN: signed.domain,
    SHARDLINE_TEST_SIGNED_COLLECTION: signed.collection,
    SHARDLINE_TEST_CREDENTIALS: signed.credentials,
    AWS_ACCESS_KEY_ID: OWN_KEY.id,
    AWS_SECRET_ACCESS_KEY: OWN_KEY.secret,
    SHARDLINE_TEST_PROMTOOL: await installPromtool(machine),
    SHARDLINE_TEST_NODE: process.execPath,
  });
};

mkdirSync(join(report, '..'), { recursive: true });
rmSync(report, { force: true });
try {
  await main();
} catch (error) {
  say(describe(error));
  count('preparing the tests', 1);
}
writeFileSync(report, JSON.stringify(sums));
process.exitCode = sums.failed === 0 ? 0 : 1;
