import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGetRecordsAnswer } from '../../../../src/source/kinesis/get-records-answer.ts';
import { withQuickReading } from '../../../../src/source/kinesis/quick-reading.ts';
import { localClient, localKinesis, putTexts, rewritingClient, STREAM, shardId } from '../../../support/kinesis.ts';
import { pollingOf, reading } from '../../../support/reading.ts';
import { until } from '../../../support/until.ts';

const read = async (client: KinesisClient) => {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName: STREAM, ShardId: shardId(0), ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { $metadata, NextShardIterator, ...answer } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return { ...answer, goesOn: NextShardIterator !== undefined, status: $metadata.httpStatusCode };
};

/** What two clients of one stream read, one the SDK's own way, one ours, when answers are changed on their way. */
const readBoth = async (url: string, rewrite: (operation: string, body: string) => string = (_, body) => body) => [
  await read(rewritingClient(url, rewrite)),
  await read(withQuickReading(rewritingClient(url, rewrite))),
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
    expect(ours?.Records?.map(({ Data }) => Buffer.from(Data ?? []).toString())).toEqual(
      Records.map(({ Data }) => Data.toString()),
    );
    expect(ours).toEqual(theirs);
  });

  it("brings members that are absent, null or new as the SDK's own way does", async () => {
    await using local = await localKinesis();
    await putTexts(local.client, ['one']);
    const answers = [
      { Records: [{ SequenceNumber: '1', Data: 'YQ==', ApproximateArrivalTimestamp: 1.794787200123e9 }] },
      { Records: [{ SequenceNumber: '1', Data: 'YQ==', EncryptionType: 'KMS', PartitionKey: 'k' }] },
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
    await expect(read(client)).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
      $metadata: { httpStatusCode: 400 },
    });
    local.kinesis.fault({ operation: 'GetRecords', kind: 'lose' });
    await expect(read(client)).rejects.toThrow();
    expect((await read(client)).Records).toHaveLength(1);
  });

  it('reads any bytes back from their base64', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (contents) => {
        const records = contents.map((bytes) => ({ SequenceNumber: '1', Data: Buffer.from(bytes).toString('base64') }));
        const answer = readGetRecordsAnswer(body({ Records: records }).toString());
        expect(answer.Records?.map(({ Data }) => [...(Data ?? [])])).toEqual(contents.map((bytes) => [...bytes]));
      }),
    );
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
