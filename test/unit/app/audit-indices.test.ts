import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { indexSide } from '../../../src/app/audit/indices.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { openSearchClient } from '../../../src/sink/opensearch/client.ts';

/** The indices' side of an audit beside an OpenSearch that answers with these statuses, and then with success. */
const sideBeside = async (statuses: number[]) => {
  const server = createServer((_, response) => {
    response.writeHead(statuses.shift() ?? 200, { 'content-type': 'application/json' }).end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const node = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const client = openSearchClient({ node, gzip: false, requestTimeoutMs: 10_000 });
  const told: string[] = [];
  const env = {
    SHARDLINE_APPLICATION: 'music',
    SHARDLINE_STREAM: 'events',
    SHARDLINE_OPENSEARCH_NODE: node,
    SHARDLINE_OPENSEARCH_AUTH: 'none',
    SHARDLINE_DEAD_LETTER_TO: 'file:./letters',
  };
  const side = indexSide({
    config: loadConfig({ env, cwd: '/' }).config,
    client,
    otherStreams: [],
    contents: false,
    onTrouble: (why) => told.push(why),
    clock: { ...systemClock, sleep: async () => {} },
    random: () => 0,
    signal: new AbortController().signal,
  });
  const close = async () => {
    await client.close();
    server.close();
  };
  return { side, told, [Symbol.asyncDispose]: close };
};

it('says what it waits for while OpenSearch does not answer', async () => {
  await using beside = await sideBeside([503, 502]);
  expect(await beside.side.refresh()).toBe(true);
  expect(beside.told).toEqual([expect.stringContaining('503'), expect.stringContaining('502')]);
});

it.each([401, 403])('is told at once where searches are refused with %i', async (status) => {
  await using beside = await sideBeside([status]);
  await expect(beside.side.check()).rejects.toThrow(String(status));
  expect(beside.told).toEqual([]);
});
