import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withBetween } from '../../src/config/table.ts';
import { type Context, chooseEnvironment } from '../lib/environment/choose.ts';
import { EnvironmentError } from '../lib/environment/problem.ts';
import { keysTable } from '../lib/environment/table.ts';
import { fileOfEnvironments } from './support/environments.ts';

const FILE = { all: { region: 'eu-central-1' }, dev: {}, prod: {}, preview: {} };

/** What is said of them, a line each, without the first. */
const refused = (file: unknown, context: Context): string[] => {
  try {
    chooseEnvironment(file, 'environments.json', context);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
};

describe('an environment', () => {
  it('with a domain that fits neither its zones nor its address is refused', () => {
    const arn = 'arn:aws:es:eu-central-1:123456789012:domain/music';
    expect(refused(FILE, { env: 'dev', 'search.nodes': '3' })[0]).toContain(
      'expected a multiple of 2, the number of zones',
    );
    expect(refused(FILE, { env: 'dev', 'search.domain_arn': arn })[0]).toContain('search.endpoint');
    expect(refused(FILE, { env: 'dev', 'search.endpoint': 'https://x.y' })[0]).toContain(
      'together with search.domain_arn',
    );
    const both = { 'search.domain_arn': arn, 'search.endpoint': 'https://x.y', 'search.kind': 'collection' };
    expect(refused(FILE, { env: 'dev', ...both })).toEqual([expect.stringContaining('expected domain beside')]);
  });

  it('is found in the file of this project, each by its name, with data that production keeps', () => {
    const chosen = (context: Context) => chooseEnvironment(fileOfEnvironments(), 'environments.json', context);
    expect(chosen({ env: 'prod' })).toMatchObject({ suffix: 'prod', settings: { data: 'retain' } });
    expect(chosen({ env: 'preview', suffix: 'pr-7' })).toMatchObject({ suffix: 'pr-7', settings: { data: 'destroy' } });
    expect(chosen({ env: 'qa', log_days: '3', '@aws-cdk/x': true, 'aws:cdk:y': 1 }).settings.log_days).toBe(3);
  });

  it('takes what all have, then its own, then the command line', () => {
    const file = { all: { region: 'eu-west-1', log_days: 7 }, dev: { log_days: 14, stream: { mode: 'provisioned' } } };
    const { settings } = chooseEnvironment(file, 'f', { env: 'dev', 'stream.shards': '3' });
    expect([settings.region, settings.log_days, settings.stream.shards]).toEqual(['eu-west-1', 14, 3]);
  });

  it('that is wrong is refused with every key, its value and what is allowed', () => {
    const file = { ...FILE, dev: { log_days: 8, strema: {}, stream: { mode: 'on_demand', shards: 0 } }, prod: 'x' };
    expect(refused(file, { env: 'dev', 'network.cidr': '10.0.0.0/8', colour: 'red' })).toEqual([
      '  log_days (environments.json, dev): 8 – expected one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731',
      expect.stringMatching(
        /^ {2}strema \(environments.json, dev\): \{\} – there is no such key; expected one of .*region/,
      ),
      '  stream.mode (environments.json, dev): "on_demand" – expected one of on-demand, provisioned',
      '  stream.shards (environments.json, dev): 0 – expected a whole number from 1 to 10000',
      '  network.cidr (-c): "10.0.0.0/8" – expected a block such as 10.42.0.0/16, from /16 to /22',
      expect.stringMatching(/^ {2}colour \(-c\): "red" – there is no such key/),
      '  prod (environments.json): "x" – expected a mapping',
    ]);
  });

  it('that is wrong in itself is refused though each key is right', () => {
    const arn = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';
    expect(refused(FILE, { env: 'prod', data: 'destroy', account: '210987654321', 'stream.arn': arn })).toEqual([
      '  data (-c): "destroy" – expected retain for prod',
      `  stream.arn (-c): "${arn}" – is in us-east-1, expected an ARN in eu-central-1, the region of the environment`,
      `  stream.arn (-c): "${arn}" – is of account 123456789012, expected an ARN of account 210987654321, that of the environment`,
    ]);
  });

  it('that is not asked for, or not there, is named with those that are', () => {
    const said = 'expected one of dev, prod, preview, as in -c env=dev';
    expect(refused(FILE, {})).toEqual([`  env (-c): ${said}`]);
    expect(refused(FILE, { env: 'all', data: 'keep' })).toEqual([
      `  env (-c): "all" – ${said}`,
      '  data (-c): "keep" – expected one of retain, destroy',
    ]);
    expect(refused([], { env: 'dev' })[0]).toContain('env (-c): "dev"');
  });

  it('that has another’s suffix is refused', () => {
    expect(refused({ ...FILE, dev: { suffix: 'prod' } }, { env: 'dev' })).toEqual([
      '  suffix (environments.json, prod): "prod" – dev has it too (shardline-prod): expected a suffix of its own',
    ]);
    expect(refused(FILE, { env: 'preview', suffix: 'prod' })).toHaveLength(1);
    // Other words, the same names: "a-b" and "c", "a" and "b-c".
    const alike = { all: FILE.all, dev: { application: 'a-b', suffix: 'c' }, qa: { application: 'a', suffix: 'b-c' } };
    expect(refused(alike, { env: 'qa' })).toHaveLength(1);
  });

  it('that is a preview needs a suffix from the command line, and only a preview does', () => {
    expect(refused(FILE, { env: 'preview' })[0]).toContain('missing: expected 1 to 12 of a-z');
    expect(refused({ ...FILE, preview: { suffix: 'x' } }, { env: 'preview' })[0]).toContain('-c suffix=pr-123');
    expect(refused(FILE, { env: 'dev', suffix: 'x' })[0]).toContain('for previews only');
    for (const suffix of ['PR-7', '-x', 'x-', 'a--b', '', 'a123456789012'])
      expect(refused(FILE, { env: 'preview', suffix })[0], suffix).toContain('suffix (-c)');
  });

  it('has every key on the page of deploy/', () => {
    const page = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    expect(withBetween(page, 'keys', keysTable()), 'node scripts/generate.mjs').toBe(page);
  });
});

describe('the command line', () => {
  /** Runs the app as the CDK does. */
  const run = (context: Context) =>
    new Promise<{ code: unknown; stderr: string }>((resolve) => {
      const app = fileURLToPath(new URL('../bin/app.ts', import.meta.url));
      const withContext = { ...env, CDK_CONTEXT_JSON: JSON.stringify(context) };
      execFile(execPath, [app], { env: withContext }, (error, _, stderr) => resolve({ code: error?.code, stderr }));
    });
  const FIRST = '1 problem with the environment, nothing was made:\n';

  it('tells of a wrong environment without a stack trace, and makes nothing', async () => {
    const said = 'expected one of dev, qa, staging, prod, preview, as in -c env=dev';
    expect(await run({ env: 'nowhere' })).toEqual({ code: 1, stderr: `${FIRST}  env (-c): "nowhere" – ${said}\n` });
  });

  it('tells of a file of environments that cannot be read', async () => {
    const { code, stderr } = await run({ env: 'dev', environments: '/nowhere.json' });
    expect(code).toBe(1);
    expect(stderr).toContain(`${FIRST}  environments (-c): "/nowhere.json" – cannot be read (ENOENT`);
  });
});
