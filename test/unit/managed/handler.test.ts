import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { PoisonError } from '../../../src/core/errors.ts';
import type { Message } from '../../../src/core/message.ts';
import { ANSWER_MOST_BYTES } from '../../../src/managed/answer.ts';
import { firehoseHandler } from '../../../src/managed/handler.ts';
import { event } from '../../support/event.ts';
import { firehoseEvent, type ShardRecord, shardRecord } from '../../support/managed/event.ts';

interface Scene {
  readonly env?: Readonly<Record<string, string>>;
  readonly apply?: (message: Message) => unknown;
  readonly indices?: readonly string[];
  readonly clock?: Clock;
}

/** A handler, and what one invocation of it answers and logs. */
const scene = ({ env = {}, apply, indices, clock }: Scene = {}) => {
  const lines: string[] = [];
  const transform = apply && { name: 'own', apply, indices };
  const handler = firehoseHandler({ env, transform, clock, write: (text) => void lines.push(text) });
  return async (given: unknown, leftMs?: number) => {
    lines.length = 0;
    const context = leftMs === undefined ? undefined : { getRemainingTimeInMillis: () => leftMs };
    const { records } = await handler(given, context);
    const log = lines.flatMap((text) => text.split('\n').filter((line) => line !== '')).map((line) => JSON.parse(line));
    const documents = records.map(({ data }) => data && JSON.parse(Buffer.from(data, 'base64').toString()));
    return { records, results: records.map(({ result }) => result), documents, log };
  };
};

const timestamp = new Date('2026-01-02T03:04:05.678Z');
const value = (message: Message) => message.value as { readonly n: number; readonly size?: number };
const plain = (records: readonly string[]): readonly ShardRecord[] => records.map((data, i) => shardRecord(i, data));

describe('an answer', () => {
  it('is Ok with the document, Dropped without one, and ProcessingFailed with the reason in the log', async () => {
    const apply = (message: Message) => {
      const { n } = value(message);
      if (n === 3) throw new PoisonError('three is none');
      return n === 2 ? [] : [{ timestamp, body: { n } }];
    };
    const records = plain(['{"n":1}', '{"n":2}', '{"n":3}', '{"n":']);
    const { records: answered, results, documents, log } = await scene({ apply })(firehoseEvent(records));
    expect(results).toEqual(['Ok', 'Dropped', 'ProcessingFailed', 'ProcessingFailed']);
    expect(answered.map(({ recordId }) => recordId)).toEqual(firehoseEvent(records).records.map((r) => r.recordId));
    expect(documents).toEqual([
      {
        '@timestamp': '2026-01-02T03:04:05.678Z',
        n: 1,
        ingest: {
          stream: 'music-events',
          shard: 'shardId-000000000000',
          sequence_number: records[0]?.sequenceNumber,
          arrived_at: '2026-01-02T04:00:00.000Z',
          digest: expect.stringMatching(/^[\w-]{22}$/),
        },
      },
      undefined,
      undefined,
      undefined,
    ]);
    expect(log.map(({ reason, message }) => [reason, message])).toEqual([
      ['transform-invalid', 'three is none'],
      ['decode-json', 'not JSON: the text ends too early, after 5 characters'],
    ]);
    expect(log[0]).toEqual({
      level: 'warn',
      time: expect.any(String),
      msg: 'a record failed',
      reason: 'transform-invalid',
      message: 'three is none',
      stream: 'music-events',
      letter_id: `music-events/shardId-000000000000/${records[2]?.sequenceNumber}/0/0/transform-invalid`,
      shard: 'shardId-000000000000',
      sequence_number: records[2]?.sequenceNumber,
      sub_sequence_number: 0,
      ordinal: 0,
      partition_key: 'key-2',
      arrived_at: '2026-01-02T04:00:00.002Z',
      raw_sha256: createHash('sha256').update('{"n":3}').digest('hex'),
      record_id: answered[2]?.recordId,
    });
  });

  it('has nothing to say of an invocation without records', async () => {
    expect(await scene()(firehoseEvent([]))).toMatchObject({ records: [], log: [] });
  });

  it('keeps the order of the records where their shards alternate', async () => {
    const records = Array.from({ length: 9 }, (_, n) => shardRecord(n, event(`e${n}`), `shardId-00000000000${n % 3}`));
    const { documents } = await scene()(firehoseEvent(records));
    expect(documents.map((each) => [each.event.id, each.ingest.shard])).toEqual(
      records.map(({ shard }, n) => [`e${n}`, shard]),
    );
  });

  it('unpacks gzip, and names an aggregate of the KPL, which Firehose itself takes apart', async () => {
    const body = Buffer.from([1]);
    const digest = createHash('md5').update(body).digest();
    const aggregate = Buffer.concat([Buffer.from([0xf3, 0x89, 0x9a, 0xc2]), body, digest]);
    const records = [shardRecord(1, gzipSync(event('packed'))), shardRecord(2, aggregate)];
    const { results, documents, log } = await scene()(firehoseEvent(records));
    expect(results).toEqual(['Ok', 'ProcessingFailed']);
    expect(documents[0].event.id).toBe('packed');
    expect(log.map(({ reason }) => reason)).toEqual(['decode-kpl']);
  });

  it.each([
    ['numbers', Number],
    ['numbers that are texts', String],
  ])('tells the user records of an aggregate apart by their %s', async (_, as) => {
    const given = firehoseEvent([shardRecord(1, '{'), shardRecord(1, '{'), shardRecord(1, '{"n":1}')]);
    given.records.forEach(({ kinesisRecordMetadata }, i) => {
      Object.assign(kinesisRecordMetadata, { subsequenceNumber: as(i + 5) });
    });
    const apply = ({ at }: Message) => [{ timestamp, body: { sub: at.subSequenceNumber } }];
    const { documents, log } = await scene({ apply })(given);
    expect(log.map(({ sub_sequence_number }) => sub_sequence_number)).toEqual([5, 6]);
    expect(new Set(log.map(({ letter_id }) => letter_id)).size).toBe(2);
    expect(documents[2].sub).toBe(7);
  });
});

describe('what Firehose cannot do', () => {
  const reasons = async (options: Scene, data: string) => {
    const { results, log } = await scene(options)(firehoseEvent([shardRecord(1, data)]));
    return [results, log.map(({ reason, message, failures }) => [reason, message, failures])];
  };
  const FAILED = ['ProcessingFailed'];

  it('fails a record that becomes several documents, or a document and a failure', async () => {
    const many = (message: Message) =>
      Array.from({ length: value(message).n }, (_, i) => ({ id: `${i}`, timestamp, body: {} }));
    const takes = 'Firehose takes one document for a record';
    expect(await reasons({ apply: many }, '{"n":2}')).toEqual([
      FAILED,
      [['fan-out-unsupported', `it became 2 documents; ${takes}`, undefined]],
    ]);
    const lines = `{"n":1}\n{"n":\n{"n":0}\n[]\n`;
    expect(await reasons({ apply: many, env: { SHARDLINE_DECODE: 'ndjson' } }, lines)).toEqual([
      FAILED,
      [
        [
          'fan-out-unsupported',
          `it became 1 document and 2 failures; ${takes}`,
          { 'decode-json': 1, 'decode-not-object': 1 },
        ],
      ],
    ]);
  });

  it('counts the failures of a record that is nothing else', async () => {
    expect(await reasons({ env: { SHARDLINE_DECODE: 'ndjson' } }, '{\n{\n[]\n')).toEqual([
      FAILED,
      [
        [
          'decode-json',
          'not JSON: the text ends too early, after 1 characters',
          { 'decode-json': 2, 'decode-not-object': 1 },
        ],
      ],
    ]);
  });

  it('takes one line of many where the others become nothing', async () => {
    const apply = (message: Message) => (value(message).n === 1 ? [{ timestamp, body: {} }] : []);
    const lines = '{"n":0}\n{"n":1}\n{"n":2}\n';
    expect(await reasons({ apply, env: { SHARDLINE_DECODE: 'ndjson' } }, lines)).toEqual([['Ok'], []]);
  });

  it('fails a document with a version, index, routing or pipeline of its own, and takes op create', async () => {
    const place = { id: 'a', timestamp, body: {} };
    const specials = [
      { ...place, index: 'users', op: 'index', version: 1n },
      { id: 'a', timestamp, index: 'users', op: 'delete', version: 1n },
      { ...place, index: 'users' },
      { ...place, routing: 'r' },
      { ...place, pipeline: 'p' },
    ];
    const why = 'its document has an op, index, routing or pipeline of its own; Firehose only creates';
    for (const special of specials)
      expect(await reasons({ apply: () => [special], indices: ['users'] }, '{}')).toEqual([
        FAILED,
        [['operation-unsupported', why, undefined]],
      ]);
    expect(await reasons({ apply: () => [{ ...place, op: 'create' }] }, '{}')).toEqual([['Ok'], []]);
  });

  it('refuses an index for what lies outside the window before any record', () => {
    expect(() => scene({ env: { SHARDLINE_INDEX_WINDOW_OUTSIDE: 'late' } })).toThrow(
      /index_window.outside.*dead-letter/,
    );
  });
});

describe('an answer that would be too large', () => {
  const large = (message: Message) => [{ timestamp, body: { text: 'x'.repeat(value(message).size ?? 0) } }];
  const answerTo = async (sizes: readonly number[]) => {
    const records = sizes.map((size, n) => shardRecord(n, JSON.stringify({ n, size })));
    const answer = await scene({ apply: large })(firehoseEvent(records));
    expect(JSON.stringify({ records: answer.records }).length).toBeLessThanOrEqual(ANSWER_MOST_BYTES);
    return answer;
  };

  it('fails what has no room, and keeps what is small enough behind it', async () => {
    const { results, log } = await answerTo([2_000_000, 2_000_000, 2_000_000, 100]);
    expect(results).toEqual(['Ok', 'Ok', 'ProcessingFailed', 'Ok']);
    expect(log.map(({ reason }) => reason)).toEqual(['answer-too-large']);
  });

  it('is filled to within a document of the limit', async () => {
    const { records } = await answerTo(Array.from({ length: 5_000 }, () => 1_000));
    const bytes = JSON.stringify({ records }).length;
    expect(bytes).toBeGreaterThan(ANSWER_MOST_BYTES - 250_000);
  });

  it('gives back the room of a document that turns out to be one of several', async () => {
    const apply = (message: Message) =>
      Array.from({ length: value(message).n < 3 ? 2 : 1 }, (_, i) => ({
        id: `${i}`,
        timestamp,
        body: { text: 'x'.repeat(1_500_000) },
      }));
    const records = Array.from({ length: 5 }, (_, n) => shardRecord(n, JSON.stringify({ n })));
    const { results } = await scene({ apply })(firehoseEvent(records));
    expect(results).toEqual([...Array(3).fill('ProcessingFailed'), 'Ok', 'Ok']);
  });
});

describe('an invocation whose time runs out', () => {
  it('answers for what it has, and fails the rest by name', async () => {
    let calls = 0;
    let runOut = () => {};
    let nowMs = 0;
    // Each look at the clock ends the transform's slice, so that it rests after each message.
    const clock: Clock = {
      ...systemClock,
      now: () => {
        nowMs += 30;
        return nowMs;
      },
      sleep: (ms) =>
        new Promise((resolve) => {
          if (ms === 7_500) runOut = resolve;
          else resolve();
        }),
    };
    const apply = () => {
      calls += 1;
      if (calls === 3) runOut();
      return [{ timestamp, body: {} }];
    };
    const records = plain(Array.from({ length: 100 }, () => '{}'));
    const { results, log } = await scene({ apply, clock })(firehoseEvent(records), 10_000);
    expect(results).toEqual([...Array(3).fill('Ok'), ...Array(97).fill('ProcessingFailed')]);
    expect(log.map(({ reason }) => reason)).toEqual(Array(97).fill('out-of-time'));
  });
});

describe('a bad event', () => {
  it.each([
    [undefined, 'no list of records'],
    [[], 'no list of records'],
    [{ records: {} }, 'no list of records'],
    [{ records: [] }, 'sourceKinesisStreamArn is missing'],
    [
      { ...firehoseEvent([]), sourceKinesisStreamArn: 'arn:aws:sqs:us-east-1:123456789012:queue' },
      'sourceKinesisStreamArn',
    ],
    [{ ...firehoseEvent([]), records: [{}] }, 'records[0] has no recordId'],
    [{ ...firehoseEvent([]), records: [null] }, 'records[0] has no recordId'],
  ])('is refused where nobody can be answered for it: %j', async (given, message) => {
    await expect(scene()(given)).rejects.toMatchObject({
      code: 'SHARDLINE_EVENT_UNREADABLE',
      message: expect.stringContaining(message),
    });
  });

  const [sound] = firehoseEvent([shardRecord(1, event('a'))]).records;
  const metadata = sound?.kinesisRecordMetadata;
  it.each([
    [{ data: undefined }, 'data'],
    [{ data: 'a' }, 'data'],
    [{ data: 'ab!d' }, 'data'],
    [{ kinesisRecordMetadata: undefined }, 'kinesisRecordMetadata'],
    [{ kinesisRecordMetadata: { ...metadata, shardId: '"},{' } }, 'shardId'],
    [{ kinesisRecordMetadata: { ...metadata, sequenceNumber: '1e3' } }, 'sequenceNumber'],
    [
      { kinesisRecordMetadata: { ...metadata, approximateArrivalTimestamp: '2012-04-23T18:25:43.511Z' } },
      'approximate',
    ],
    [{ kinesisRecordMetadata: { ...metadata, approximateArrivalTimestamp: 1e300 } }, 'approximate'],
  ])('fails the one record that cannot be used, not its neighbours: %j', async (change, message) => {
    const given = firehoseEvent([shardRecord(1, event('a')), shardRecord(2, event('b')), shardRecord(3, event('c'))]);
    Object.assign(given.records[1] ?? {}, change);
    const { results, log } = await scene()(given);
    expect(results).toEqual(['Ok', 'ProcessingFailed', 'Ok']);
    expect(log).toMatchObject([{ reason: 'event-unreadable', message: expect.stringContaining(message) }]);
  });
});

describe('the configuration', () => {
  it('is that of the service, from the environment alone', async () => {
    const record = shardRecord(1, event('old', { timestamp: '2025-12-30T03:04:05Z' }));
    expect((await scene()(firehoseEvent([record]))).results).toEqual(['Ok']);
    const { log } = await scene({ env: { SHARDLINE_INDEX_WINDOW_PAST: '1d', SHARDLINE_APPLICATION: 'songs' } })(
      firehoseEvent([record]),
    );
    expect(log).toMatchObject([{ reason: 'index-window', application: 'songs' }]);
  });

  it('is refused where it is wrong, and warned of where it means nothing', () => {
    expect(() => scene({ env: { SHARDLINE_DECODE: 'xml' } })).toThrow('SHARDLINE_DECODE');
    const lines: string[] = [];
    firehoseHandler({ env: { SHARDLINE_DECOD: 'json' }, write: (text) => void lines.push(text) });
    expect(lines.join('')).toContain('SHARDLINE_DECOD means nothing');
  });

  it('gives options to the transform, and refuses one that is not in the bundle', () => {
    expect(() => scene({ env: { SHARDLINE_TRANSFORM: './orders.ts' } })).toThrow('not in this bundle');
    expect(() => scene({ env: { SHARDLINE_TRANSFORM_OPTIONS: '{"a":1}' }, apply: () => [] })).toThrow(
      'takes no options',
    );
    const withOptions = {
      name: 'o',
      options: { parse: (given: unknown) => given },
      create: () => ({ apply: () => [] }),
    };
    expect(() =>
      firehoseHandler({ env: { SHARDLINE_TRANSFORM_OPTIONS: '{"a":1}' }, transform: withOptions }),
    ).not.toThrow();
  });
});
