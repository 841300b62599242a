import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { inject } from 'vitest';
import { type Clock, systemClock, systemRandom } from '../../src/core/clock.ts';
import { demoKinesisClient } from '../../src/local/demo/kinesis-client.ts';
import { type EmbeddedKinesis, type KinesisOptions, startKinesis } from '../../src/local/kinesis/server.ts';
import { packageRoot } from '../../src/local/machine.ts';
import { produce } from '../../src/produce/produce.ts';
import { type RigWorker, startWorker } from './rig-worker.ts';

export interface Letter {
  readonly letter_id: string;
  readonly application: string;
  readonly reason: string;
  readonly message: string;
  readonly sequence_number: string;
  readonly raw: string;
}

/** A document as OpenSearch gives it back. */
export interface Hit {
  readonly index: string;
  readonly id: string;
  readonly version: number;
  readonly source: Record<string, unknown>;
}

/** How a command ended. */
export interface Ended {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

export interface RigCommand {
  readonly ended: Promise<Ended>;
  /** What it has told so far. */
  err(): string;
  signal(name: 'SIGINT' | 'SIGKILL'): void;
}

/** A stream of its own in the embedded Kinesis, with an index prefix, a lease table and a letter folder of its own. */
export interface Rig {
  readonly kinesis: EmbeddedKinesis;
  readonly client: KinesisClient;
  readonly stream: string;
  readonly prefix: string;
  readonly folder: string;
  readonly opensearchUrl: string;
  /** The configuration of its workers. */
  readonly environment: Readonly<Record<string, string>>;
  put(lines: Iterable<Uint8Array | string>): Promise<number>;
  /** The same, but they arrived so long ago, milliseconds. Oldest first, and while no worker reads. */
  putAgo(agoMs: number, lines: Iterable<Uint8Array | string>): Promise<number>;
  worker(environment?: Readonly<Record<string, string>>): RigWorker;
  /** Starts a command, configured like a worker. */
  command(args: readonly string[], environment?: Readonly<Record<string, string>>): RigCommand;
  letters(): readonly Letter[];
  /** Every document of the rig's indices. */
  hits(): Promise<readonly Hit[]>;
  count(): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

let rigs = 0;

const search = async (url: string, prefix: string): Promise<readonly Hit[]> => {
  const hits: Hit[] = [];
  await fetch(`${url}/${prefix}-*/_refresh`, { method: 'POST' });
  for (let after: unknown; ; ) {
    const body = { size: 5_000, version: true, sort: ['_index', '_id'], ...(after ? { search_after: after } : {}) };
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(`${url}/${prefix}-*/_search?allow_no_indices=true`, options);
    const found = (await answer.json()) as {
      hits: {
        hits: { _index: string; _id: string; _version: number; _source: Record<string, unknown>; sort: unknown }[];
      };
    };
    const page = found.hits.hits;
    hits.push(...page.map((hit) => ({ index: hit._index, id: hit._id, version: hit._version, source: hit._source })));
    if (page.length === 0) return hits;
    after = page.at(-1)?.sort;
  }
};

const startCommand = (args: readonly string[], options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }) => {
  const child = spawn(process.execPath, [join(packageRoot(), 'bin', 'shardline.js'), ...args], options);
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code: code ?? undefined, out: out.join(''), err: err.join('') }));
  });
  return { ended, err: () => err.join(''), signal: (name: NodeJS.Signals) => void child.kill(name) };
};

export interface RigOptions {
  readonly shards?: number;
  readonly opensearchUrl?: string;
  /** How long ago its stream was made, milliseconds: the first records may have arrived then. */
  readonly madeAgoMs?: number;
  readonly kinesis?: KinesisOptions;
}

/** A clock that is behind by what `agoMs` says. */
const lateClock = (agoMs: () => number): Clock => ({
  ...systemClock,
  wall: () => new Date(systemClock.wall().getTime() - agoMs()),
});

/** Sets up a rig; dispose of it at the end (`await using`). */
export const rig = async (options: RigOptions = {}): Promise<Rig> => {
  rigs += 1;
  const name = `rig-${process.pid}-${rigs}`;
  let agoMs = options.madeAgoMs ?? 0;
  const kinesis = await startKinesis({ clock: lateClock(() => agoMs), ...options.kinesis });
  const client = demoKinesisClient(kinesis.url);
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: options.shards ?? 2 }));
  agoMs = 0;
  const folder = mkdtempSync(join(tmpdir(), 'shardline-rig-'));
  const opensearchUrl = options.opensearchUrl ?? inject('opensearchUrl');
  const letterFolder = join(folder, 'letters');
  const environment = {
    AWS_ENDPOINT_URL_KINESIS: kinesis.url,
    AWS_ENDPOINT_URL_DYNAMODB: inject('dynamodbUrl'),
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    SHARDLINE_APPLICATION: name,
    SHARDLINE_STREAM: name,
    SHARDLINE_INDEX: `${name}-{yyyy.MM.dd}`,
    SHARDLINE_OPENSEARCH_NODE: opensearchUrl,
    SHARDLINE_OPENSEARCH_AUTH: 'none',
    SHARDLINE_OPENSEARCH_REPLICAS: '0',
    SHARDLINE_DEAD_LETTER_TO: `file:${letterFolder}`,
    SHARDLINE_INDEX_WINDOW_PAST: 'unlimited',
    SHARDLINE_LEASES_FAILOVER: '3s',
    SHARDLINE_CHECKPOINT_INTERVAL: '500ms',
    SHARDLINE_HTTP_HOST: '127.0.0.1',
    SHARDLINE_HTTP_PORT: '0',
  };
  const workers: RigWorker[] = [];
  const put: Rig['put'] = async (lines) => {
    const all = (async function* () {
      yield* lines;
    })();
    const { signal } = new AbortController();
    const parts = { client, stream: name, lines: all, clock: systemClock, random: systemRandom, signal };
    return (await produce(parts)).sent;
  };
  return {
    kinesis,
    client,
    stream: name,
    prefix: name,
    folder,
    opensearchUrl,
    environment,
    put,
    async putAgo(ms, lines) {
      agoMs = ms;
      return put(lines).finally(() => {
        agoMs = 0;
      });
    },
    worker(more = {}) {
      const worker = startWorker(folder, workers.length, { ...environment, ...more });
      workers.push(worker);
      return worker;
    },
    command: (args, more = {}) => startCommand(args, { cwd: folder, env: { ...process.env, ...environment, ...more } }),
    letters() {
      const files = readdirSync(letterFolder).map((file) => readFileSync(join(letterFolder, file), 'utf8'));
      return files.flatMap((text) => text.split('\n').slice(0, -1)).map((line) => JSON.parse(line) as Letter);
    },
    hits: () => search(opensearchUrl, name),
    async count() {
      await fetch(`${opensearchUrl}/${name}-*/_refresh`, { method: 'POST' });
      const answer = (await (await fetch(`${opensearchUrl}/${name}-*/_count`)).json()) as { count: number };
      return answer.count;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map(({ child }) => child.kill()));
      client.destroy();
      await kinesis.close();
      await fetch(`${opensearchUrl}/${name}-*`, { method: 'DELETE' }).catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
