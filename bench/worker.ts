import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import type { Config } from '../src/config/tree.ts';
import { packageRoot } from '../src/local/machine.ts';
import { type Child, startChild } from '../src/local/process.ts';
import type { Stage } from './stage.ts';

/** A `shardline run` of its own process. */
export interface BenchWorker {
  readonly child: Child;
  readonly logFile: string;
  /** Sum of a metric's series; 0 where there is none. */
  metrics(): Promise<(name: string) => number>;
  /** The shards whose leases it holds; none before it is up. */
  holds(): Promise<readonly string[]>;
}

/** What the AWS SDK must know to talk to the local parts; they accept any credentials. */
const awsEnvironment = ({ kinesisUrl, dynamoDbUrl }: Pick<Stage, 'kinesisUrl' | 'dynamoDbUrl'>) => ({
  AWS_ENDPOINT_URL_KINESIS: kinesisUrl,
  AWS_ENDPOINT_URL_DYNAMODB: dynamoDbUrl,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
});

const sumOf =
  (text: string) =>
  (name: string): number =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);

/** The part of /api/status that says who holds what. */
interface Owners {
  readonly worker: string;
  readonly shards: readonly { readonly shard: string; readonly owner?: string; readonly state: string }[];
}

const heldIn = ({ worker, shards }: Owners): readonly string[] =>
  shards.filter(({ owner, state }) => owner === worker && state === 'owned').map(({ shard }) => shard);

/** The environment of a worker that runs with its defaults; only where things are is told. */
const environment = (stage: Stage, application: string, stream: string): Record<string, string | undefined> => {
  const { env } = stage.machine;
  const unset = Object.keys(env).filter((name) => /^(AWS|SHARDLINE)_/.test(name));
  return {
    ...env,
    ...Object.fromEntries(unset.map((name) => [name, undefined])),
    ...awsEnvironment(stage),
    SHARDLINE_APPLICATION: application,
    SHARDLINE_STREAM: stream,
    SHARDLINE_OPENSEARCH_NODE: stage.sinkUrl,
    SHARDLINE_OPENSEARCH_AUTH: 'none',
    SHARDLINE_DEAD_LETTER_TO: `file:${join(stage.folder, 'dead-letters')}`,
    SHARDLINE_HTTP_HOST: '127.0.0.1',
    SHARDLINE_HTTP_PORT: '0',
    SHARDLINE_TETHER: 'stdin',
  };
};

/** The defaults that a worker runs with. */
export const workerConfig = (stage: Stage): Config =>
  loadConfig({ env: environment(stage, 'bench', 'bench'), cwd: stage.folder }).config;

let started = 0;

/** Starts a worker with its defaults, as a user would. */
export const startWorker = (stage: Stage, application: string, stream: string): BenchWorker => {
  started += 1;
  const logFile = join(stage.folder, `worker-${started}.log`);
  const child = startChild({
    command: process.execPath,
    args: [...nodeArgs(stage), join(packageRoot(), 'bin', 'shardline.js'), 'run'],
    env: environment(stage, application, stream),
    cwd: stage.folder,
    logFile,
    clock: stage.machine.clock,
  });
  const url = (): string | undefined => /"url":"([^"]+)"/.exec(readFileSync(logFile, 'utf8'))?.[1];
  const ask = async (path: string): Promise<Response> => {
    const root = url();
    if (root === undefined) throw new Error(`the worker tells no address, see ${logFile}`);
    return fetch(`${root}${path}`);
  };
  return {
    child,
    logFile,
    metrics: async () => sumOf(await (await ask('/metrics')).text()),
    holds: async () => (url() === undefined ? [] : heldIn((await (await ask('/api/status')).json()) as Owners)),
  };
};

/** Fails when the worker has dead-lettered anything: every event of the bench is a document, or figures mean nothing. */
export const assertNoLetters = async ({ metrics, logFile }: BenchWorker): Promise<void> => {
  const letters = (await metrics())('shardline_dead_letters_total');
  if (letters > 0) throw new Error(`the worker has written ${letters} dead letters, expected none; see ${logFile}`);
};

/** More arguments for the worker's Node, for example `--cpu-prof`. */
const nodeArgs = ({ machine }: Stage): readonly string[] => machine.env.BENCH_NODE_ARGS?.split(' ') ?? [];
