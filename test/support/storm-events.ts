import { gzipSync } from 'node:zlib';
import { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand } from '@aws-sdk/client-kinesis';
import type { Reason } from '../../src/core/reasons.ts';
import { eventOf } from './matrix.ts';
import type { Rig } from './rig.ts';

/** A record of a storm, and what must become of it. */
export interface StormEvent {
  readonly data: Uint8Array | string;
  readonly becomes: { readonly id: string; readonly day: string } | { readonly reason: Reason };
}

const POISON_EVERY = 100;
/** In base64 it is more than a message of SQS holds. */
const LARGE = 'x'.repeat(900_000);

const POISON: readonly ((n: number) => { readonly data: Uint8Array | string; readonly reason: Reason })[] = [
  (n) => ({ data: `poison ${n}`, reason: 'decode-json' }),
  (n) => ({ data: eventOf(`p${n}`, { text: '', n: 'no number' }), reason: 'sink-rejected' }),
  (n) => ({ data: gzipSync(eventOf(`p${n}`)).subarray(0, -6), reason: 'decode-gzip' }),
  (n) => ({ data: eventOf(`p${n}`, { text: '', day: '9999-12-31' }), reason: 'index-window' }),
  (n) => ({ data: eventOf(`p${n}`, { text: '', day: 'no day' }), reason: 'transform-garbage' }),
];

/** The record with this number: events spread over five days, and among them poison of every kind. */
export const stormEvent = (n: number): StormEvent => {
  const make = n % POISON_EVERY === 7 ? POISON[Math.floor(n / POISON_EVERY) % POISON.length] : undefined;
  if (make) {
    const { data, reason } = make(n);
    return { data, becomes: { reason } };
  }
  if (n % 10_000 === 5_000) return { data: `poison ${n} ${LARGE}`, becomes: { reason: 'decode-json' } };
  const day = `2026-01-0${(n % 5) + 1}`;
  return { data: eventOf(`e${n}`, { text: '', n, day }), becomes: { id: `e${n}`, day } };
};

/** The id of every letter that the records on the stream must have become, by what stands there. */
export const expectedLetters = async (world: Rig, events: readonly StormEvent[]): Promise<ReadonlySet<string>> => {
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
