import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { indexSide } from '../../../src/app/audit/indices.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { openSearchClient } from '../../../src/sink/opensearch/client.ts';

it('says what it waits for while OpenSearch does not answer', async () => {
  const statuses = [503, 502];
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
    config: loadConfig({ file: undefined, env, cwd: '/' }).config,
    client,
    otherStreams: [],
    contents: false,
    onTrouble: (why) => told.push(why),
    clock: { ...systemClock, sleep: async () => {} },
    random: () => 0,
    signal: new AbortController().signal,
  });
  expect(await side.refresh()).toBe(true);
  expect(told).toEqual([expect.stringContaining('503'), expect.stringContaining('502')]);
  await client.close();
  server.close();
});
