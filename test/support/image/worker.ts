import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { freePort } from '../../../src/local/ports.ts';
import { type RigWorker, workerOf } from '../rig-worker.ts';
import { until } from '../until.ts';
import { newVolume, startContainer } from './container.ts';
import type { Container } from './enclosure.ts';

/** A worker in a container. */
export interface ImageWorker extends RigWorker {
  readonly pid: Container['pid'];
  readonly environment: Readonly<Record<string, string>>;
}

/** Containers of one application: what they are configured with, and the volume that they share. */
export interface ImageFleet {
  readonly volume: string;
  /** Starts a worker, with more settings and from another image where they are given. */
  start(environment?: Readonly<Record<string, string>>, content?: string): Promise<ImageWorker>;
  /** Runs a command in a container beside a worker, to its end. */
  run(worker: ImageWorker, ...command: string[]): Promise<{ readonly ending: string; readonly said: string }>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where the image's user may write. */
const LETTERS = 'file:/var/lib/shardline/dead-letters';

/** Dispose of it at the end: nothing of it is left. */
export const imageFleet = (
  environment: Readonly<Record<string, string>>,
  configuration: string | undefined = undefined,
): ImageFleet => {
  const image = inject('image');
  const volume = newVolume(image);
  const logs = mkdtempSync(join(image.folder, 'logs-'));
  const started: Container[] = [];
  const launch = (more: Readonly<Record<string, string>>, command?: readonly string[], content = image.content) => {
    const logFile = join(logs, `${started.length}.log`);
    const container = startContainer({
      image: { ...image, content },
      environment: { ...environment, SHARDLINE_DEAD_LETTER_TO: LETTERS, ...more },
      command,
      configuration,
      volume,
      logFile,
    });
    started.push(container);
    return { ...container, logFile };
  };
  return {
    volume,
    async start(more = {}, content = undefined) {
      // The containers have this machine's network, where 8080 may be taken.
      const own = { ...more, SHARDLINE_HTTP_PORT: String(await freePort()) };
      const { child, pid, logFile } = launch(own, undefined, content);
      return { ...workerOf(child, logFile), pid, environment: own };
    },
    async run(worker, ...command) {
      const { child, logFile } = launch(worker.environment, command);
      return { ending: await child.ended, said: readFileSync(logFile, 'utf8') };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map(({ child }) => child.kill()));
    },
  };
};

/** Waits until the worker says that it is ready. */
export const untilReady = (worker: RigWorker): Promise<unknown> =>
  until(async () => (await worker.readiness()).status === 200, 30_000, 50);
