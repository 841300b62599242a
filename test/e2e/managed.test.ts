import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { expect, it } from 'vitest';
import { musicFeed } from '../../src/local/events/feed.ts';
import { firehoseHandler } from '../../src/managed/handler.ts';
import { event } from '../support/event.ts';
import { firehoseEvent, type ShardRecord } from '../support/managed/event.ts';
import { nastyRecords } from '../support/nasty.ts';
import { rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

/** Every record of a stream, as Firehose would read it. */
const recordsOf = async (client: KinesisClient, StreamName: string): Promise<readonly ShardRecord[]> => {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
  const records: ShardRecord[] = [];
  for (const { ShardId = '' } of Shards) {
    const asked = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const };
    let next = (await client.send(new GetShardIteratorCommand(asked))).ShardIterator;
    for (let behind = 1; behind > 0 && next !== undefined; ) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator: next }));
      for (const {
        Data = new Uint8Array(),
        SequenceNumber = '',
        ApproximateArrivalTimestamp,
        PartitionKey,
      } of page.Records ?? [])
        records.push({
          data: Data,
          sequenceNumber: SequenceNumber,
          arrivedMs: ApproximateArrivalTimestamp?.getTime() ?? 0,
          partitionKey: PartitionKey,
          shard: ShardId,
        });
      next = page.NextShardIterator;
      behind = page.MillisBehindLatest ?? 0;
    }
  }
  return records;
};

/** What the function answers and logs, a batch of Firehose's size at a time. */
const transformed = async (records: readonly ShardRecord[], stream: string) => {
  const lines: string[] = [];
  const handler = firehoseHandler({
    env: { SHARDLINE_INDEX_WINDOW_PAST: 'unlimited' },
    write: (text) => void lines.push(text),
  });
  const documents = new Map<string, unknown>();
  for (let from = 0; from < records.length; from += 200) {
    const answer = await handler(firehoseEvent(records.slice(from, from + 200), stream));
    for (const { data } of answer.records) {
      if (data === undefined) continue;
      const document = JSON.parse(Buffer.from(data, 'base64').toString());
      documents.set(document.ingest.sequence_number, document);
    }
  }
  const log = lines.flatMap((text) => text.split('\n').filter((line) => line !== '')).map((line) => JSON.parse(line));
  return { documents, log };
};

it('makes of a stream what a worker brings into a real OpenSearch: the same documents, and the same letters', {
  timeout: 120_000,
}, async () => {
  await using world = await rig({ shards: 3 });
  const startMs = Date.UTC(2026, 0, 2);
  const feed = [...musicFeed({ seed: 3, startMs, endMs: startMs + 80_000_000, eventsPerDay: 300 })];
  // Kinesis takes no empty records, and what is a mebibyte makes an answer too large.
  const nasty = nastyRecords().filter(({ data }) => data.length > 0 && data.length < 200_000);
  const lines = [...new Set(feed.filter(({ kind }) => kind !== 'duplicate').map(({ line }) => line))];
  await world.put([...lines.filter((line) => line !== ''), ...nasty.map(({ data }) => data)]);
  const records = await recordsOf(world.client, world.stream);
  world.worker();
  const { documents, log } = await transformed(records, world.stream);
  expect(documents.size + log.length).toBe(records.length);
  await until(async () => (await world.count()) + world.letters().length >= records.length, 90_000);

  const hits = await world.hits();
  const inIndex = new Map(hits.map(({ source }) => [Object(source.ingest).sequence_number, source]));
  expect(inIndex).toEqual(documents);
  const letters = world.letters().map(({ letter_id, reason, message }) => ({ letter_id, reason, message }));
  const failed = log.map(({ letter_id, reason, message }) => ({ letter_id, reason, message }));
  const byId = (one: { readonly letter_id: string }, other: { readonly letter_id: string }) =>
    one.letter_id < other.letter_id ? -1 : 1;
  expect(failed.toSorted(byId)).toEqual(letters.toSorted(byId));
});

/** Writes documents as Firehose does: under ids of its own, into an index named by dashes. */
const deliver = async (url: string, index: string, documents: ReadonlyMap<string, unknown>): Promise<void> => {
  const lines = [...documents.values()].flatMap((document) => ['{"create":{}}', JSON.stringify(document)]);
  const headers = { 'content-type': 'application/x-ndjson' };
  const answer = await fetch(`${url}/${index}/_bulk?refresh=true`, {
    method: 'POST',
    headers,
    body: `${lines.join('\n')}\n`,
  });
  expect(await answer.json()).toMatchObject({ errors: false });
};

const HOUR_MS = 3_600_000;

it('is followed by a worker from a moment on, and an alias shows each record once', { timeout: 120_000 }, async () => {
  await using world = await rig({ madeAgoMs: 3 * HOUR_MS });
  const events = (name: string) => Array.from({ length: 100 }, (_, i) => event(`${name}-${i}`));
  await world.putAgo(2 * HOUR_MS, events('before'));
  await world.put(events('after'));
  const moment = new Date(Date.now() - HOUR_MS).toISOString();
  world.worker({ SHARDLINE_START: moment });
  await until(async () => (await world.count()) === 100, 90_000);
  const { documents } = await transformed(await recordsOf(world.client, world.stream), world.stream);
  await deliver(world.opensearchUrl, `${world.prefix}-2026-01-02`, documents);
  expect(await world.count()).toBe(300);

  const alias = `${world.prefix}-all`;
  const headers = { 'content-type': 'application/json' };
  const filter = { range: { 'ingest.arrived_at': { lt: moment } } };
  const actions = [
    { add: { index: `${world.prefix}-2026-*-*`, alias, filter } },
    { add: { index: `${world.prefix}-*.*.*`, alias } },
  ];
  await fetch(`${world.opensearchUrl}/_aliases`, { method: 'POST', headers, body: JSON.stringify({ actions }) });
  const answer = await fetch(`${world.opensearchUrl}/${alias}/_search?size=1000`);
  const found = (await answer.json()) as { hits: { hits: { _source: { event: { id: string } } }[] } };
  const ids = found.hits.hits.map(({ _source }) => _source.event.id);
  expect(ids.toSorted()).toEqual(
    [...events('before'), ...events('after')].map((line) => JSON.parse(line).event_id).toSorted(),
  );
});
