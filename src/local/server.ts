import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { ShardlineError } from '../core/errors.ts';
import type { Jdk } from './jdk.ts';
import type { Machine } from './machine.ts';
import { type Child, startChild } from './process.ts';

/** A server of ours that has said where it listens. */
export interface Server {
  readonly child: Child;
  readonly port: number;
}

export interface ServerOptions {
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Machine['env'];
  readonly folder: string;
  readonly startWithinMs: number;
}

export interface JavaServerOptions {
  readonly label: string;
  readonly jdk: Jdk;
  readonly jvmArgs: readonly string[];
  readonly lib: string;
  readonly mainClass: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly startWithinMs: number;
}

const TAIL_BYTES = 8_192;

/** The last lines of a log, for the message about what went wrong. */
export const tail = (file: string, lines: number): string => {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(descriptor);
  }
};

/** Starts a program and waits for its READY line; one that dies or stays silent is an error that shows its log's end. */
export const startServer = async (machine: Machine, options: ServerOptions): Promise<Server> => {
  const logFile = join(options.folder, 'server.log');
  const ready = Promise.withResolvers<number>();
  const child = startChild({
    command: options.command,
    args: options.args,
    env: options.env,
    cwd: options.folder,
    clock: machine.clock,
    logFile,
    onLine: (line) => {
      const port = /^READY (\d+)$/.exec(line)?.[1];
      if (port) ready.resolve(Number(port));
    },
  });
  const over = new AbortController();
  const failed = Promise.race([
    child.ended,
    machine.clock.sleep(options.startWithinMs, over.signal).then(() => `no answer within ${options.startWithinMs} ms`),
  ]);
  const first = await Promise.race([ready.promise, failed]);
  over.abort();
  if (typeof first === 'number') return { child, port: first };
  await child.kill();
  throw new ShardlineError(
    'SHARDLINE_LOCAL_START_FAILED',
    `${options.label} did not start (${first}). The end of ${logFile}:\n${tail(logFile, 15)}`,
  );
};

/** Starts a main class of ours in a JVM. */
export const startJavaServer = (machine: Machine, options: JavaServerOptions): Promise<Server> => {
  const { label, jdk, jvmArgs, lib, mainClass, args, folder, startWithinMs } = options;
  return startServer(machine, {
    label,
    command: join(jdk.home, 'bin', 'java'),
    args: [...jvmArgs, '-cp', `${lib}/*`, mainClass, ...args],
    // Options meant for other programs of the user must not change these.
    env: { ...machine.env, JAVA_HOME: jdk.home, JAVA_TOOL_OPTIONS: undefined, JDK_JAVA_OPTIONS: undefined },
    folder,
    startWithinMs,
  });
};
