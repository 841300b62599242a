// Usage: node bench/processes/bare-loop.ts KINESIS STREAM SINK N
// What carrying records costs without any promise: the SDK's GetRecords, JSON.parse, nesting, _bulk of 1000. No leases,
// no checkpoints, no retries, no metrics. Ends with its own figures once N documents are acknowledged.
import { Agent, request } from 'node:http';
import {
  type _Record,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const [, , kinesisUrl = '', stream = '', sinkUrl = '', count = '0'] = process.argv;
const wanted = Number(count);
const BULK_DOCUMENTS = 1_000;
const IN_FLIGHT = 8;
const IDLE_MS = 200;

const client = new KinesisClient({
  endpoint: kinesisUrl,
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  requestHandler: new NodeHttpHandler({ httpAgent: new Agent({ keepAlive: true, maxSockets: 32 }) }),
});
const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
const sink = new URL('/_bulk', sinkUrl);
let acknowledged = 0;
let inFlight = 0;
const waiting: (() => void)[] = [];
let body = '';
let documents = 0;

const end = (): never => {
  const { user, system } = process.cpuUsage();
  const rssBytes = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(`${JSON.stringify({ cpuSeconds: (user + system) / 1e6, peakRssBytes: rssBytes })}\n`);
  process.exit(0);
};

const answered = (text: string): void => {
  const answer = JSON.parse(text) as { readonly errors: boolean; readonly items: readonly unknown[] };
  if (answer.errors) throw new Error('the sink refused a document');
  acknowledged += answer.items.length;
  inFlight -= 1;
  waiting.shift()?.();
  if (acknowledged >= wanted) end();
};

const post = (payload: string): void => {
  const headers = { 'content-type': 'application/x-ndjson', 'content-length': Buffer.byteLength(payload) };
  const sent = request(sink, { method: 'POST', agent, headers }, (response) => {
    let text = '';
    response.setEncoding('latin1');
    response.on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => answered(text));
  });
  sent.end(payload);
};

const flush = async (): Promise<void> => {
  const payload = body;
  body = '';
  documents = 0;
  while (inFlight >= IN_FLIGHT) await new Promise<void>((resolve) => waiting.push(resolve));
  inFlight += 1;
  post(payload);
};

const nested = (event: Record<string, string>, shard: string, sequence: string | undefined): object => ({
  '@timestamp': event.timestamp,
  event: { id: event.event_id, type: event.event_type },
  artist: { id: event.artist_id, name: event.artist },
  song: { id: event.song_id, title: event.song, duration_ms: event.duration_ms },
  user: { id: event.user_id, level: event.level, country: event.country },
  interaction: { type: event.event_type, session_id: event.session_id, platform: event.platform },
  analytics: { hour_of_day: Number(event.timestamp?.slice(11, 13)), is_paid: event.level === 'paid' },
  kinesis: { shard, sequence },
});

const add = (record: _Record, shard: string): void => {
  const { buffer, byteOffset, byteLength } = record.Data ?? new Uint8Array();
  const event = JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString()) as Record<string, string>;
  const day = event.timestamp?.slice(0, 10).replaceAll('-', '.');
  const action = `{"create":{"_index":"music-events-${day}","_id":"${event.event_id}"}}`;
  body += `${action}\n${JSON.stringify(nested(event, shard, record.SequenceNumber))}\n`;
  documents += 1;
};

const carry = async (shard: string): Promise<void> => {
  const start = { StreamName: stream, ShardId: shard, ShardIteratorType: 'TRIM_HORIZON' } as const;
  let { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand(start));
  while (iterator !== undefined) {
    const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 10_000 }));
    iterator = answer.NextShardIterator;
    for (const record of answer.Records ?? []) {
      add(record, shard);
      if (documents >= BULK_DOCUMENTS) await flush();
    }
    if (answer.Records?.length) continue;
    if (documents > 0) await flush();
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  }
};

const { Shards: shards = [] } = await client.send(new ListShardsCommand({ StreamName: stream }));
await Promise.all(shards.map(({ ShardId: shard = '' }) => carry(shard)));
