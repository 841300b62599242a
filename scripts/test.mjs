// Usage: node scripts/test.mjs            everything: lint, types, dead code, unit tests, tests on real parts
//        node scripts/test.mjs unit …     the fast part alone; what follows is handed to vitest
//        node scripts/test.mjs parts …    the tests on real parts alone
//        node scripts/test.mjs delivery … what every fault of the sink leaves, on the real parts; not part of everything
//        node scripts/test.mjs apart …    those of them with an OpenSearch of their own; `delivery` alone runs both at once
//        node scripts/test.mjs deploy …   what is shipped to run it with, by the tools of those who take it; not part of everything
//        node scripts/test.mjs cdk …      those of them that are about the CDK app; `deploy` alone runs all three
//        node scripts/test.mjs image …    those of them that run what the container image holds
//        node scripts/test.mjs spark …    streaming-jobs/ on a real Spark; what follows is handed to pytest; not part of everything
//        node scripts/test.mjs soak …     storms of faults for an hour (SHARDLINE_SOAK_MINUTES, SHARDLINE_SOAK_SEED); alone, then
//                                         ten kills of each Spark job and more random streams (SHARDLINE_SPARK_KILLS, …_CASES, …_SEED)
// Leaves `.cache/test-results/summary.json` with the sums. Every step runs, whatever became of those before it.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { tether } from '../bin/tether.js';
import { countTests } from './count-tests.ts';

tether();
const root = fileURLToPath(new URL('..', import.meta.url));
const results = join(root, '.cache', 'test-results');
const say = (line) => process.stdout.write(`${line}\n`);

/** Vitest and its workers stand in our process group, alone when npm started us: they get the signal through us. */
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
  });

const run = (command, args, variables = {}) =>
  new Promise((resolve) => {
    const env = { ...variables, ...process.env };
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env });
    running.add(child);
    const end = (outcome) => {
      running.delete(child);
      resolve(outcome);
    };
    child.on('error', (error) => {
      say(`${command}: ${error.message}`);
      end({ code: 1 });
    });
    child.on('exit', (code, signal) => end({ code: code ?? 1, signal }));
  });

/** A step that holds or not: it counts as one check. */
const check = (name, command, args) => ({
  name,
  run: async () => {
    const { code, signal } = await run(command, args);
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, signal };
  },
});

const vitest = (project, more = []) => ({
  name: `${project} tests`,
  run: async () => {
    const report = join(results, `${project}.json`);
    rmSync(report, { force: true });
    const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { code, signal } = await run('vitest', [...args, ...more]);
    let text = '';
    try {
      text = readFileSync(report, 'utf8');
    } catch {
      say(`vitest wrote no report for ${project}`);
    }
    return { ...countTests(text, code), signal };
  },
});

/** The tests of streaming-jobs/; what they run on is started by test/spark/run.ts, which counts them too. */
const spark = (more, variables) => ({
  name: 'spark tests',
  run: async () => {
    const report = join(results, 'spark.json');
    rmSync(report, { force: true });
    const { code, signal } = await run('node', ['test/spark/run.ts', report, ...more], variables);
    try {
      const { passed, failed, failures } = JSON.parse(readFileSync(report, 'utf8'));
      return { passed, failed: failed === 0 && code !== 0 ? 1 : failed, failures, signal };
    } catch {
      return { passed: 0, failed: 1, failures: ['test/spark/run.ts wrote no report'], signal };
    }
  },
});

/** What an hour's run can afford of them. The seed is new each time; it stands here, and in the names of cases that fail. */
const sparkStorms = () => {
  const seed = String(Date.now() % 1_000_000);
  const variables = { SHARDLINE_SPARK_KILLS: '10', SHARDLINE_SPARK_CASES: '30', SHARDLINE_SPARK_SEED: seed };
  const { name, run: storm } = spark(['-k', 'restart or property'], variables);
  return {
    name,
    run: () => {
      say(`SHARDLINE_SPARK_SEED=${process.env.SHARDLINE_SPARK_SEED ?? seed}`);
      return storm();
    },
  };
};

/** Several at once: most of their time is waiting. */
const together = (name, steps) => ({
  name,
  run: async () => {
    const outcomes = await Promise.all(steps.map((step) => step.run()));
    return {
      passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
      failed: outcomes.reduce((sum, { failed }) => sum + failed, 0),
      failures: outcomes.flatMap(({ failures = [] }) => failures),
      signal: outcomes.find(({ signal }) => signal)?.signal,
    };
  },
});

const [only, ...more] = process.argv.slice(2);
const chosen = (project) => {
  if (project === 'spark') return spark(more);
  return project === 'delivery' && more.length === 0
    ? together('delivery tests', [vitest('delivery'), vitest('apart')])
    : vitest(project, more);
};
const chosenSteps = (project) => {
  if (project === 'soak' && more.length === 0) return [vitest('soak'), sparkStorms()];
  return project === 'deploy' && more.length === 0
    ? [check('types of deploy', 'tsc', ['-p', 'deploy']), vitest('deploy'), vitest('cdk'), vitest('image')]
    : [chosen(project)];
};
const steps = ['unit', 'parts', 'delivery', 'apart', 'deploy', 'cdk', 'image', 'spark', 'soak'].includes(only)
  ? chosenSteps(only)
  : [
      check('lint', 'biome', ['check', '.']),
      check('types', 'tsc', ['-p', '.']),
      check('dead code', 'knip', ['--no-progress']),
      vitest('unit'),
      vitest('parts'),
    ];

mkdirSync(results, { recursive: true });
rmSync(join(results, 'summary.json'), { force: true });
const rows = [];
for (const step of steps) {
  say(`\n== ${step.name} ==`);
  const startMs = performance.now();
  const outcome = await step.run();
  rows.push({ name: step.name, ...outcome, seconds: (performance.now() - startMs) / 1_000 });
  if (outcome.signal) break;
}

say('\n== summary ==');
for (const { name, passed, failed, failures = [], seconds } of rows) {
  say(
    `${failed === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(14)} ${passed} passed${failed ? `, ${failed} FAILED` : ''}  (${seconds.toFixed(1)} s)`,
  );
  for (const failure of failures) say(`        ${failure.replace(root, '')}`);
}
const passed = rows.reduce((sum, row) => sum + row.passed, 0);
const failed = rows.reduce((sum, row) => sum + row.failed, 0);
writeFileSync(join(results, 'summary.json'), JSON.stringify({ passed, failed, rows }, null, 2));
process.exitCode = failed === 0 && rows.length === steps.length ? 0 : 1;
