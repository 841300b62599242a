import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { musicFeed } from '../../../src/local/events/feed.ts';
import { event } from '../event.ts';
import { type ShardRecord, shardRecord } from './event.ts';

const SHARDS = ['shardId-000000000000', 'shardId-000000000001', 'shardId-000000000002'];

/** Records with these contents, in turn on one of three shards. */
export const onShards = (contents: readonly (Uint8Array | string)[]): readonly ShardRecord[] =>
  contents.map((data, n) => shardRecord(n, data, SHARDS[n % SHARDS.length]));

const aggregate = (body: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from([0xf3, 0x89, 0x9a, 0xc2]), body, createHash('md5').update(body).digest()]);

/** Records of every kind: bytes, texts, JSON, events whole, cut, packed, packed and cut, aggregates, bombs. */
export const anyRecord = (line: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> => {
  const text = fc.oneof({ weight: 8, arbitrary: line }, fc.json(), fc.string());
  const plain = text.map((each) => Buffer.from(each));
  const bomb = gzipSync(Buffer.alloc(20_000_000));
  return fc.oneof(
    { weight: 48, arbitrary: plain },
    { weight: 12, arbitrary: plain.map((each) => gzipSync(each)) },
    { weight: 4, arbitrary: fc.tuple(plain, fc.nat(40)).map(([each, less]) => each.subarray(0, -less)) },
    { weight: 4, arbitrary: fc.tuple(plain, fc.nat(12)).map(([each, less]) => gzipSync(each).subarray(0, -1 - less)) },
    { weight: 4, arbitrary: fc.uint8Array({ maxLength: 60 }) },
    { weight: 4, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 60 }).map(aggregate) },
    { weight: 1, arbitrary: fc.constant(bomb) },
  );
};

const FIELDS = ['event_id', 'event_type', 'timestamp', 'artist', 'ts', 'page', 'sessionId', '__proto__'] as const;

/** Events of the invented music service, broken ones among them, and others with any fields at all. */
export const musicLine = (): fc.Arbitrary<string> => {
  const startMs = Date.UTC(2026, 0, 1);
  const feed = musicFeed({ seed: 7, startMs, endMs: startMs + 86_400_000, eventsPerDay: 3_000 });
  const odd = fc.dictionary(fc.constantFrom(...FIELDS), fc.jsonValue());
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...[...feed].map(({ line }) => line)) },
    { weight: 1, arbitrary: odd.map((fields) => JSON.stringify(fields)) },
    { weight: 1, arbitrary: odd.map((fields) => event('odd', fields)) },
  );
};

/** A transform of a user's own, which does what an event asks for. */
export const OWN_TRANSFORM = `import { defineTransform, PoisonError } from 'shardline';

const timestamp = new Date('2026-01-02T03:04:05Z');
const documents = {
  document: { timestamp, body: { text: 'ä' } },
  named: { id: 'one', timestamp, body: {} },
  old: { timestamp: new Date('2025-01-02T03:04:05Z'), body: {} },
  nameless: { id: '', timestamp, body: {} },
  versioned: { id: 'one', op: 'index', version: 1n, timestamp, body: {} },
  untimed: { timestamp: 'now', body: {} },
};

export default defineTransform({
  name: 'own',
  apply({ value }) {
    if (value.does === 'poison') throw new PoisonError('asked for');
    if (value.does === 'throw') throw new TypeError('asked for');
    if (value.does === 'hang') for (;;);
    if (value.does === 'promise') return Promise.reject(new Error('late'));
    return (value.makes ?? []).map((name) => documents[name]);
  },
});
`;

const MAKES = ['document', 'document', 'document', 'named', 'old', 'nameless', 'versioned', 'untimed', 'none'] as const;

/** What that transform can be asked for, one event a line. */
export const ownLines = (): fc.Arbitrary<string> => {
  const line = fc.oneof(
    { weight: 4, arbitrary: fc.constant('{"makes":["document"]}') },
    {
      weight: 3,
      arbitrary: fc.array(fc.constantFrom(...MAKES), { maxLength: 7 }).map((makes) => JSON.stringify({ makes })),
    },
    { weight: 1, arbitrary: fc.constantFrom('poison', 'throw', 'promise').map((does) => JSON.stringify({ does })) },
    { weight: 1, arbitrary: fc.constantFrom('', ' ', '{', '[]', '{}') },
  );
  const lines = fc.array(line, { maxLength: 7 }).map((all) => all.join('\n'));
  return fc.oneof({ weight: 3, arbitrary: line }, { weight: 1, arbitrary: lines });
};
