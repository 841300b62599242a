import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, openSearchClient } from '../../../src/sink/opensearch/client.ts';
import { until } from '../../support/until.ts';

let server: Server;
let asked: number;
let client: ReturnType<typeof openSearchClient>;

beforeEach(async () => {
  asked = 0;
  // It takes every request and never answers.
  server = createServer(() => {
    asked += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const node = `http://127.0.0.1:${address.port}`;
  client = openSearchClient({ node, auth: undefined, ca: undefined, gzip: false, requestTimeoutMs: 20_000 });
});

afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
});

describe('a request that is broken off', () => {
  it('is an answer like any other, and nothing else happens to the process', async () => {
    const uncaught: unknown[] = [];
    const watch = (thrown: unknown) => void uncaught.push(thrown);
    process.on('uncaughtExceptionMonitor', watch);
    const breaking = new AbortController();
    const answer = ask(client, { method: 'GET', path: '/' }, breaking.signal);
    await until(() => asked === 1);
    breaking.abort();
    expect(await answer).toEqual({ broken: expect.stringContaining('RequestAbortedError') });
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    process.off('uncaughtExceptionMonitor', watch);
    expect(uncaught).toEqual([]);
  });

  it('is not even sent when it was broken off before', async () => {
    expect(await ask(client, { method: 'GET', path: '/' }, AbortSignal.abort())).toHaveProperty('broken');
    expect(asked).toBe(0);
  });
});
