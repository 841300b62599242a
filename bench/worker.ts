import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/local/machine.ts';
import { type Child, startChild } from '../src/local/process.ts';
import type { Stage } from './stage.ts';

/** A `shardline run` of its own process. */
export interface BenchWorker {
  readonly child: Child;
  readonly logFile: string;
  /** Sum of a metric's series; 0 where there is none. */
  metrics(): Promise<(name: string) => number>;
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

let started = 0;

/** Starts a worker with its defaults, as a user would; only where things are is told. */
export const startWorker = (stage: Stage, application: string, stream: string): BenchWorker => {
  started += 1;
  const logFile = join(stage.folder, `worker-${started}.log`);
  const unset = Object.fromEntries(
    Object.keys(stage.machine.env).flatMap((name) => (/^(AWS|SHARDLINE)_/.test(name) ? [[name, undefined]] : [])),
  );
  const child = startChild({
    command: process.execPath,
    args: [...benchNodeArgs(stage), join(packageRoot(), 'bin', 'shardline.js'), 'run'],
    env: {
      ...stage.machine.env,
      ...unset,
      ...awsEnvironment(stage),
      SHARDLINE_APPLICATION: application,
      SHARDLINE_STREAM: stream,
      SHARDLINE_OPENSEARCH_NODE: stage.sinkUrl,
      SHARDLINE_OPENSEARCH_AUTH: 'none',
      SHARDLINE_DEAD_LETTER_TO: `file:${join(stage.folder, 'dead-letters')}`,
      SHARDLINE_HTTP_HOST: '127.0.0.1',
      SHARDLINE_HTTP_PORT: '0',
      SHARDLINE_TETHER: 'stdin',
    },
    cwd: stage.folder,
    logFile,
    clock: stage.machine.clock,
  });
  const url = (): string => {
    const log = readFileSync(logFile, 'utf8');
    const found = /"url":"([^"]+)"/.exec(log)?.[1];
    if (found) return found;
    throw new Error(`the worker tells no address:\n${log.slice(-2_000)}`);
  };
  return { child, logFile, metrics: async () => sumOf(await (await fetch(`${url()}/metrics`)).text()) };
};

/** More arguments for the worker's Node, for example `--cpu-prof`. */
const benchNodeArgs = ({ machine }: Stage): readonly string[] => machine.env.BENCH_NODE_ARGS?.split(' ') ?? [];
