import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetRecordsCommand, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { expect, it } from 'vitest';
import { kinesisClient } from '../../../../src/source/kinesis/client.ts';
import { withQuickReading } from '../../../../src/source/kinesis/quick-reading.ts';

it.each([
  ['GetRecords', new GetRecordsCommand({ ShardIterator: 'i' })],
  ['ListShards', new ListShardsCommand({ StreamName: 's' })],
])('gives up on an answer to %s that stops half way', async (_, command) => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'content-length': '1000' });
    response.write('{"Records":[');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = withQuickReading(kinesisClient({ region: 'us-east-1', endpoint, credentials }, 200));
  // The one command or the other: their types have no common send.
  await expect(client.send(command as GetRecordsCommand)).rejects.toThrow();
  expect(asked).toBeGreaterThan(0);
  client.destroy();
  server.closeAllConnections();
  server.close();
});
