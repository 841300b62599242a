// Usage: node compose/kinesis.ts   an embedded Kinesis with the stream of the demo, and live events on it, until it is stopped.
// HOST is the address to listen on: any by default, for this runs in a container.
import { env } from 'node:process';
import { systemClock } from '../src/core/clock.ts';
import { live, noLines } from '../src/local/demo/lines.ts';
import { askKinesis } from '../src/local/kinesis/ask.ts';
import { startKinesis } from '../src/local/kinesis/server.ts';

const STREAM = 'music-events';
const SHARDS = 4;

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stop.abort());

const { HOST: host = '0.0.0.0' } = env;
const kinesis = await startKinesis({ host, port: 4567 });
await askKinesis(kinesis.url, 'CreateStream', { StreamName: STREAM, ShardCount: SHARDS });
process.stdout.write(`stream ${STREAM} with ${SHARDS} shards and live events on ${kinesis.url}\n`);
let put = 0;
for await (const line of live(systemClock, noLines(), stop.signal)) {
  const record = { PartitionKey: String(put), Data: Buffer.from(line).toString('base64') };
  await askKinesis(kinesis.url, 'PutRecords', { StreamName: STREAM, Records: [record] });
  put += 1;
}
await kinesis.close();
