// Usage: node test/spark/run.ts [REPORT [PYTEST ARGUMENT…]]
// Runs the checks and tests of streaming-jobs/ on a real Spark, beside the parts that the service's own tests have.
// Installs what is missing. Writes the sums into REPORT, as JSON.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process, { argv, env, stderr } from 'node:process';
import { describe } from '../../src/core/errors.ts';
import { findSparkJdk } from '../../src/local/jdk.ts';
import { startKinesis } from '../../src/local/kinesis/server.ts';
import { packageRoot } from '../../src/local/machine.ts';
import { startOpenSearch } from '../../src/local/opensearch.ts';
import { runFolder } from '../../src/local/run-folder.ts';
import { startKafka } from '../support/kafka.ts';
import { testMachine } from '../support/machine.ts';
import { startMoto } from '../support/moto.ts';
import { pythonPackages } from '../support/tools/python.ts';
import { sparkJars } from './jars.ts';

interface Sums {
  passed: number;
  failed: number;
  failures: string[];
}

const JOBS = join(packageRoot(), 'streaming-jobs');
const say = (line: string) => stderr.write(`${line}\n`);
const [report = join(packageRoot(), '.cache', 'test-results', 'spark.json'), ...more] = argv.slice(2);
const machine = testMachine();

const running = new Set<ReturnType<typeof spawn>>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
  });

/** Runs a program of the jobs' own Python to its end. */
const python = (bin: string, args: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
  new Promise<number>((resolve) => {
    const child = spawn(join(bin, 'python'), args, {
      cwd: JOBS,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...env, PYTHONPATH: undefined, PYTHONHOME: undefined, PYTHONDONTWRITEBYTECODE: '1', ...variables },
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

const check = async (bin: string, cache: string): Promise<void> => {
  count('ruff check', await python(bin, ['-m', 'ruff', 'check', '--no-cache', '.']));
  count('ruff format', await python(bin, ['-m', 'ruff', 'format', '--no-cache', '--check', '--quiet', '.']));
  count('mypy', await python(bin, ['-m', 'mypy', '--cache-dir', join(cache, 'mypy')]));
};

/** What pytest's own report (streaming-jobs/tests/conftest.py) counted. A run that broke off never sums to no failure. */
const pytest = async (bin: string, folder: string, variables: Readonly<Record<string, string>>): Promise<void> => {
  const path = join(folder, 'pytest.json');
  const args = ['-m', 'pytest', '-p', 'no:cacheprovider', ...more];
  const code = await python(bin, args, { ...variables, SHARDLINE_TEST_REPORT: path });
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
  const jdk = findSparkJdk(machine.env);
  const bin = await pythonPackages(machine, {
    name: 'spark',
    purpose: 'Spark and its tests',
    requirements: join(JOBS, 'requirements.txt'),
    size: '360 MB',
    program: 'python3.11',
  });
  const folder = runFolder(machine, 'spark');
  const checks = check(bin, machine.cache);
  await using parts = new AsyncDisposableStack();
  parts.defer(() => rmSync(folder, { recursive: true, force: true }));
  const opensearch = parts.adopt(await startOpenSearch(machine), (started) => started.stop());
  const kafka = parts.adopt(await startKafka(machine), (started) => started.stop());
  const kinesis = parts.adopt(await startKinesis(), (started) => started.close());
  const moto = parts.adopt(await startMoto(machine), (started) => started.stop());
  const jars = await sparkJars(machine, jdk);
  await checks;
  await pytest(bin, folder, {
    JAVA_HOME: jdk.home,
    PATH: [join(jdk.home, 'bin'), env.PATH ?? ''].join(delimiter),
    PYSPARK_PYTHON: join(bin, 'python'),
    PYSPARK_DRIVER_PYTHON: join(bin, 'python'),
    SPARK_LOCAL_IP: '127.0.0.1',
    TMPDIR: folder,
    SHARDLINE_TEST_JARS: jars,
    SHARDLINE_TEST_OPENSEARCH: opensearch.url,
    SHARDLINE_TEST_KAFKA: kafka.servers,
    SHARDLINE_TEST_KINESIS: kinesis.url,
    SHARDLINE_TEST_S3: moto.url,
    // The local Kinesis speaks JSON; AWS's SDK for Java speaks CBOR unless told otherwise.
    AWS_CBOR_DISABLE: '1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
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
