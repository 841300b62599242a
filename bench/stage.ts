import { join } from 'node:path';
import { startDynamoDb } from '../src/local/dynamodb.ts';
import { type Machine, packageRoot } from '../src/local/machine.ts';
import { type Child, startChild } from '../src/local/process.ts';
import { runFolder } from '../src/local/run-folder.ts';

/** Everything around the consumers that are measured, each in a process of its own, so that its CPU does not count. */
export interface Stage {
  readonly machine: Machine;
  /** Of this run alone: logs and dead letters. */
  readonly folder: string;
  readonly kinesisUrl: string;
  readonly dynamoDbUrl: string;
  readonly sinkUrl: string;
  readonly sink: Child;
  end(): Promise<void>;
}

/** A program of ours that prints READY and its address. */
const startReady = async (machine: Machine, folder: string, name: string, nodeArgs: readonly string[] = []) => {
  const ready = Promise.withResolvers<string>();
  const logFile = join(folder, `${name}.log`);
  const child = startChild({
    command: process.execPath,
    args: [...nodeArgs, join(packageRoot(), 'bench', 'processes', `${name}.ts`)],
    env: machine.env,
    logFile,
    clock: machine.clock,
    onLine: (line) => {
      const url = /^READY (\S+)$/.exec(line)?.[1];
      if (url) ready.resolve(url);
    },
  });
  const failed = child.ended.then((ending) => {
    throw new Error(`${name} ended before it was ready (${ending}); see ${logFile}`);
  });
  return { child, url: await Promise.race([ready.promise, failed]) };
};

/** Starts the embedded Kinesis, DynamoDB Local and a sink that keeps nothing. */
export const openStage = async (machine: Machine): Promise<Stage> => {
  const folder = runFolder(machine, 'bench');
  const kinesis = await startReady(machine, folder, 'kinesis', ['--max-old-space-size=4096']);
  const sink = await startReady(machine, folder, 'sink');
  const dynamoDb = await startDynamoDb(machine);
  return {
    machine,
    folder,
    kinesisUrl: kinesis.url,
    dynamoDbUrl: dynamoDb.url,
    sinkUrl: sink.url,
    sink: sink.child,
    end: async () => {
      await Promise.all([kinesis.child.kill(), sink.child.kill(), dynamoDb.stop()]);
    },
  };
};
