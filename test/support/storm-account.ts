import { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'vitest';
import type { Reason } from '../../src/core/reasons.ts';
import type { LetterPlace } from './letter-places.ts';
import type { Rig } from './rig.ts';
import type { StormEvent } from './storm-events.ts';

/** What a storm has left, and when the last of its events was put, epoch milliseconds. */
export interface Accounted {
  readonly documents: number;
  readonly letters: number;
  readonly lastPutMs: number;
}

/** The id of every letter that the records on the stream must have become, by what stands there. */
const expectedLetters = async (world: Rig, events: readonly StormEvent[]): Promise<ReadonlySet<string>> => {
  const reasons = new Map<string, Reason>();
  for (const { data, becomes } of events)
    if ('reason' in becomes) reasons.set(Buffer.from(data).toString('base64'), becomes.reason);
  const ids = new Set<string>();
  const { Shards = [] } = await world.client.send(new ListShardsCommand({ StreamName: world.stream }));
  for (const { ShardId } of Shards) {
    const from = { StreamName: world.stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
    let { ShardIterator } = await world.client.send(new GetShardIteratorCommand(from));
    for (let behind = true; behind && ShardIterator; ) {
      const {
        Records = [],
        NextShardIterator,
        MillisBehindLatest,
      } = await world.client.send(new GetRecordsCommand({ ShardIterator }));
      for (const { Data = new Uint8Array(), SequenceNumber } of Records) {
        const reason = reasons.get(Buffer.from(Data).toString('base64'));
        if (reason) ids.add(`${world.stream}/${ShardId}/${SequenceNumber}/0/0/${reason}`);
      }
      behind = Records.length > 0 || MillisBehindLatest !== 0;
      ShardIterator = NextShardIterator;
    }
  }
  return ids;
};

/** The ids of all letters in all places. */
export const letterIds = async (places: readonly LetterPlace[]): Promise<ReadonlySet<string>> => {
  const texts = await Promise.all(places.map((place) => place.read()));
  return new Set(texts.flat().map((text) => String(JSON.parse(text).letter_id)));
};

/** Each document in its index with version 1, and none else; each poisoned record with its letter, and none else. */
export const account = async (world: Rig, events: readonly StormEvent[], places: readonly LetterPlace[]) => {
  const found = new Map((await world.hits()).map((hit) => [`${hit.index}/${hit.id}`, hit.version]));
  const documents = events.flatMap(({ becomes }) =>
    'id' in becomes ? [`${world.prefix}-${becomes.day.replaceAll('-', '.')}/${becomes.id}`] : [],
  );
  expect(documents.filter((place) => found.get(place) !== 1)).toEqual([]);
  expect(found.size).toBe(documents.length);
  const letters = await expectedLetters(world, events);
  expect([...(await letterIds(places))].sort()).toEqual([...letters].sort());
  expect(letters.size).toBe(events.length - documents.length);
  return { documents: documents.length, letters: letters.size };
};
