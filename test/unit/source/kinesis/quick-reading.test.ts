import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type KinesisClient,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGetRecordsAnswer } from '../../../../src/source/kinesis/get-records-answer.ts';
import { answeredMsOf, packedIn, withQuickReading } from '../../../../src/source/kinesis/quick-reading.ts';
import type { PackedRecords } from '../../../../src/source/kinesis/records.ts';
import { scanRecords } from '../../../../src/source/kinesis/scan-records.ts';
import { localClient, localKinesis, putTexts, rewritingClient, STREAM, shardId } from '../../../support/kinesis.ts';
import { pollingOf, reading, recordsOf } from '../../../support/reading.ts';
import { until } from '../../../support/until.ts';

const NOW_MS = Date.UTC(2026, 0, 2);

const told = (packed: PackedRecords) => {
  packed.arriveAt(NOW_MS);
  return recordsOf({ records: packed }).map((record) => ({
    ...record,
    data: Buffer.from(record.data).toString('hex'),
  }));
};

/** What the SDK read, in our terms. */
const sdkTold = ({ Records: records = [] }: Pick<GetRecordsCommandOutput, 'Records'>) =>
  records.map(({ Data, SequenceNumber, PartitionKey, ApproximateArrivalTimestamp }) => ({
    data: Buffer.from(Data ?? []).toString('hex'),
    sequenceNumber: SequenceNumber,
    arrivedMs: ApproximateArrivalTimestamp?.getTime() ?? NOW_MS,
    partitionKey: PartitionKey,
  }));

const read = async (client: KinesisClient, recordsIn: (answer: GetRecordsCommandOutput) => readonly object[]) => {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName: STREAM, ShardId: shardId(0), ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const answer = await client.send(new GetRecordsCommand({ ShardIterator }));
  const { $metadata, NextShardIterator, ChildShards, MillisBehindLatest } = answer;
  const goesOn = NextShardIterator !== undefined;
  return { records: recordsIn(answer), ChildShards, MillisBehindLatest, goesOn, status: $metadata.httpStatusCode };
};

const readOurs = (client: KinesisClient) => read(withQuickReading(client), (answer) => told(packedIn(answer)));

/** What two clients of one stream read, one the SDK's own way, one ours, when answers are changed on their way. */
const readBoth = async (url: string, rewrite: (operation: string, body: string) => string = (_, body) => body) => [
  await read(rewritingClient(url, rewrite), sdkTold),
  await readOurs(rewritingClient(url, rewrite)),
];

const body = (answer: unknown): Uint8Array => Buffer.from(JSON.stringify(answer));

describe('reading GetRecords answers ourselves', () => {
  it("brings what the SDK's own way brings", async () => {
    await using local = await localKinesis();
    const Records = ['{"a":1}', '', 'ü', 'x'.repeat(100_000), 'ab', 'abc', 'abcd'].map((text) => ({
      Data: Buffer.from(text),
      PartitionKey: `Björk 🎵 ${text.length}`,
    }));
    await local.client.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
    const [theirs, ours] = await readBoth(local.kinesis.url);
    expect(ours?.records).toMatchObject(Records.map(({ Data }) => ({ data: Data.toString('hex') })));
    expect(ours).toEqual(theirs);
  });

  it("brings members that are absent, null or new as the SDK's own way does", async () => {
    await using local = await localKinesis();
    await putTexts(local.client, ['one']);
    const answers = [
      { Records: [{ SequenceNumber: '1', Data: 'YQ==', ApproximateArrivalTimestamp: 1.794787200123e9 }] },
      { Records: [{ SequenceNumber: '1', Data: 'YQ==', EncryptionType: 'KMS', PartitionKey: 'k' }] },
      { Records: [{ SequenceNumber: '1', Data: 'YQ==', PartitionKey: 'Björk 🎵' }] },
      { Records: [], MillisBehindLatest: 7, NextShardIterator: 'next' },
      { MillisBehindLatest: 0 },
      { Records: null, NextShardIterator: null, ChildShards: null },
      { Records: [{ SequenceNumber: '1', Data: null, PartitionKey: null, ApproximateArrivalTimestamp: null }] },
    ];
    for (const answer of answers) {
      const [theirs, ours] = await readBoth(local.kinesis.url, (operation, text) =>
        operation === 'GetRecords' ? JSON.stringify(answer) : text,
      );
      expect(ours).toEqual(theirs);
    }
  });

  it("brings the children at a shard's end", async () => {
    await using local = await localKinesis();
    await local.client.send(
      new SplitShardCommand({ StreamName: STREAM, ShardToSplit: shardId(0), NewStartingHashKey: '170' }),
    );
    const [theirs, ours] = await readBoth(local.kinesis.url);
    expect(ours?.ChildShards).toHaveLength(2);
    expect(ours).toEqual(theirs);
  });

  it("leaves errors the SDK's", async () => {
    await using local = await localKinesis();
    await putTexts(local.client, ['one']);
    const client = withQuickReading(localClient(local.kinesis.url));
    local.kinesis.fault({ operation: 'GetRecords', kind: 'throttle' });
    await expect(readOurs(client)).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
      $metadata: { httpStatusCode: 400 },
    });
    local.kinesis.fault({ operation: 'GetRecords', kind: 'lose' });
    await expect(readOurs(client)).rejects.toThrow();
    expect((await readOurs(client)).records).toHaveLength(1);
  });

  it('reads any bytes back from their base64', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (contents) => {
        const records = contents.map((bytes) => ({ SequenceNumber: '1', Data: Buffer.from(bytes).toString('base64') }));
        const answer = readGetRecordsAnswer(body({ Records: records }).toString());
        expect(told(answer.packed).map(({ data }) => data)).toEqual(
          contents.map((bytes) => Buffer.from(bytes).toString('hex')),
        );
      }),
    );
  });

  it('scans what Kinesis writes, and brings what parsing brings, whatever else it is', () => {
    const member = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(null, 'YQ==', 'a"b', '\\', ']}', 7));
    const record = fc.record(
      {
        ApproximateArrivalTimestamp: fc.oneof(
          fc.double({ min: 0, max: 4e9, noNaN: true }),
          fc.constantFrom(null, 'no'),
        ),
        Data: fc.oneof(fc.base64String(), member),
        EncryptionType: fc.constantFrom('NONE', 'KMS', null),
        PartitionKey: member,
        SequenceNumber: fc.oneof(fc.bigInt({ min: 0n }).map(String), member),
      },
      { requiredKeys: [] },
    );
    const answer = fc.record(
      {
        Records: fc.array(record, { maxLength: 4 }),
        MillisBehindLatest: fc.nat(),
        NextShardIterator: fc.string(),
        Odd: fc.constantFrom({ Records: [] }, '"Records":[', { Records: [{ SequenceNumber: '1' }] }),
      },
      { requiredKeys: [] },
    );
    const outcome = (text: string) => {
      try {
        const { packed, ...rest } = readGetRecordsAnswer(text);
        return { rest, records: told(packed) };
      } catch {
        return 'refused';
      }
    };
    fc.assert(
      fc.property(answer, (value) => {
        // Kinesis writes no blanks: with them, it has to be parsed.
        expect(outcome(JSON.stringify(value))).toEqual(outcome(JSON.stringify(value, null, 1)));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['records as Kinesis writes them', '{"Data":"YQ==","PartitionKey":"k","SequenceNumber":"1"}]', true],
    ['a time in scientific notation', '{"SequenceNumber":"1","ApproximateArrivalTimestamp":1.7947872E9}]', true],
    ['no record at all', ']', true],
    ['a blank', '{"Data": "YQ==","SequenceNumber":"1"}]', false],
    ['an unknown member', '{"SequenceNumber":"1","New":1}]', false],
    ['a missing sequence number', '{"Data":"YQ=="}]', false],
    ['an end in the middle', '{"SequenceNumber":"1","Data":"YQ', false],
    ['an end behind a record', '{"SequenceNumber":"1"}', false],
    ['a comma too many', '{"SequenceNumber":"1"},]', false],
    ['a time that is none', '{"SequenceNumber":"1","ApproximateArrivalTimestamp":-}]', false],
  ])('scans only what it knows: %s', (_, list, known) => {
    expect(scanRecords(`[${list}`, 1) !== undefined).toBe(known);
  });

  it.each([
    ['text that is cut off', Buffer.from('{"Records":[{"Data":"YWJ')],
    ['no JSON', Buffer.from('<html>')],
    ['nothing', Buffer.from('')],
    ['a list', body([])],
    ['records that are no list', body({ Records: {} })],
    ['a record that is no object', body({ Records: ['YQ=='] })],
    ['base64 of a wrong length', body({ Records: [{ SequenceNumber: '1', Data: 'YWJ' }] })],
    ['base64 with a foreign character', body({ Records: [{ SequenceNumber: '1', Data: 'YW!j' }] })],
    ['base64 with text behind its end', body({ Records: [{ SequenceNumber: '1', Data: 'YQ==YWJj' }] })],
    ['data that is no text', body({ Records: [{ SequenceNumber: '1', Data: 7 }] })],
    ['a record without a sequence number', body({ Records: [{ SequenceNumber: null, Data: 'YQ==' }] })],
    [
      'a time that is no number',
      body({ Records: [{ SequenceNumber: '1', ApproximateArrivalTimestamp: 'yesterday' }] }),
    ],
  ])('refuses %s', (_, bytes) => {
    expect(() => readGetRecordsAnswer(bytes.toString())).toThrow();
  });

  it.each([
    ['a date', 'Fri, 02 Jan 2026 00:00:00 GMT', NOW_MS],
    ['no date', undefined, undefined],
    ['one that cannot be read', 'soon', undefined],
  ])('knows when Kinesis answered by %s', (_, date, ms) => {
    expect(answeredMsOf({ $metadata: {}, Records: [], date })).toBe(ms);
  });

  it('reads on after a malformed answer, without a gap', async () => {
    await using local = await localKinesis();
    await putTexts(local.client, ['one', 'two']);
    let spoilt = 0;
    const client = withQuickReading(
      rewritingClient(local.kinesis.url, (operation, text) => {
        if (operation !== 'GetRecords' || spoilt === 2) return text;
        spoilt += 1;
        return spoilt === 1 ? text.slice(0, text.length / 2) : text.replace('"Data":"', '"Data":"!');
      }),
    );
    const reader = reading(pollingOf(client));
    await until(() => reader.texts().length === 2);
    await reader.stop();
    expect(reader.texts()).toEqual(['one', 'two']);
    expect(spoilt).toBe(2);
  });
});
