import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenSearchOptions, type OpenSearchServer, startOpenSearch } from '../../src/local/opensearch.ts';
import { freePort } from '../../src/local/ports.ts';
import { testMachine } from './machine.ts';

/** An OpenSearch of one test's own that may go away and come back: same address, same data. */
export interface OwnOpenSearch {
  readonly url: string;
  /** Starts it (again). */
  start(): Promise<void>;
  /** Closes it in an orderly way. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Ends it and removes its data. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts an OpenSearch for outage tests; dispose of it at the end (`await using`). */
export const ownOpenSearch = async (settings: OpenSearchOptions['settings'] = {}): Promise<OwnOpenSearch> => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'shardline-opensearch-'));
  const port = await freePort();
  const machine = testMachine();
  let server: OpenSearchServer | undefined;
  const end = async (how: 'stop' | 'kill') => {
    const ending = server;
    server = undefined;
    await ending?.[how]();
  };
  const start = async () => {
    server ??= await startOpenSearch(machine, { port, settings, dataFolder });
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    start,
    stop: () => end('stop'),
    kill: () => end('kill'),
    [Symbol.asyncDispose]: async () => {
      await end('kill');
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
};
