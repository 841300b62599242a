import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { describeTable, prepareTable } from '../../src/lease/dynamodb/table.ts';
import { testMachine } from '../../test/support/machine.ts';
import { type MotoServer, startMoto } from '../../test/support/moto.ts';
import { assume, type Credentials, clientOf, enforce, type MadeStack, makeStack } from './support/made.ts';
import { resourcesOf } from './support/templates.ts';
import { underTransport } from './support/transport.ts';

// Moto makes the stacks of their own templates. It judges what a bucket's policy denies, without conditions, and what IAM
// allows of S3 by its resources; of other services it knows no resources, so nothing is asked of those here. Types that
// its CloudFormation does not know (policies of buckets, tables of several regions, Firehose) are made by their own requests,
// or left out.

/** One of its own: it is told to judge, which would concern all who share one. */
let moto: MotoServer;
let stream: MadeStack;
let managed: MadeStack;

const LETTERS = 'shardline-prod-letters';
const ARCHIVE = 'shardline-prod-archive-123456789012';
const LETTERS_BUCKET = 'shardline-prod-letters-123456789012';
const ASSETS = 'cdk-hnb659fds-assets-123456789012-eu-central-1';

/** The only resource of a stack of this type whose id begins so. */
const idOf = ({ resources }: MadeStack, type: string, begins: string): string => {
  const found = Object.entries(resources).filter(([id, { Type }]) => Type === type && id.startsWith(begins));
  expect(found.map(([id]) => id)).toHaveLength(1);
  return found[0]?.[0] ?? '';
};

const statusOf = async (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => 'done',
    (error: unknown) => (error instanceof Error ? String(Reflect.get(error, '$metadata')?.httpStatusCode) : 'unknown'),
  );

beforeAll(async () => {
  moto = await startMoto(testMachine());
  stream = await makeStack(moto.url, 'adopted', 'stream');
  // What `cdk deploy` puts there first: the code of functions, as moto looks whether it is there.
  const s3 = new S3Client(clientOf(moto.url));
  await s3.send(new CreateBucketCommand({ Bucket: ASSETS }));
  for (const { Properties } of resourcesOf('adopted', 'AWS::Lambda::Function')) {
    const { S3Key: Key = '' } = (Properties?.Code ?? {}) as { readonly S3Key?: string };
    await s3.send(new PutObjectCommand({ Bucket: ASSETS, Key, Body: 'PK' }));
  }
  managed = await makeStack(moto.url, 'adopted', 'managed');
});
afterAll(() => moto.stop());

describe('what the templates say, made by moto', () => {
  it('puts a letter aside that was received three times, and keeps it 14 days in both queues', async () => {
    const client = new SQSClient(clientOf(moto.url));
    const [QueueUrl, failed] = [LETTERS, `${LETTERS}-failed`].map((name) => `${moto.url}/123456789012/${name}`);
    const attributes = async (url: string | undefined) =>
      (await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))).Attributes;
    expect(await attributes(QueueUrl)).toMatchObject({ MessageRetentionPeriod: '1209600', VisibilityTimeout: '600' });
    expect(await attributes(failed)).toMatchObject({ MessageRetentionPeriod: '1209600' });
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a letter' }));
    const receive = async (url: string | undefined) =>
      (await client.send(new ReceiveMessageCommand({ QueueUrl: url, VisibilityTimeout: 0 }))).Messages?.map(
        (m) => m.Body,
      );
    const received = [];
    for (let i = 0; i < 4; i += 1) received.push(await receive(QueueUrl));
    expect(received).toEqual([['a letter'], ['a letter'], ['a letter'], undefined]);
    expect(await receive(failed)).toEqual(['a letter']);
  });

  it('is a table that the service takes for its lease table', async () => {
    const client = new DynamoDBClient(clientOf(moto.url));
    const { Properties = {} } = stream.resources[idOf(stream, 'AWS::DynamoDB::GlobalTable', 'Leases')] ?? {};
    const { TableName, KeySchema, AttributeDefinitions, BillingMode } = Properties;
    const asked = { TableName, KeySchema, AttributeDefinitions, BillingMode };
    const table: CreateTableCommandInput = JSON.parse(JSON.stringify(asked));
    await client.send(new CreateTableCommand(table));
    const options = { client, table: String(TableName), clock: systemClock, countRead() {} };
    const { signal } = new AbortController();
    const before = await describeTable(client, options.table, signal);
    await prepareTable(options, signal);
    expect((await describeTable(client, options.table, signal))?.CreationDateTime).toEqual(before?.CreationDateTime);
  });

  it('lets nobody at the objects of a bucket but by TLS 1.2', async () => {
    const s3 = new S3Client(clientOf(moto.url));
    for (const begins of ['Letters', 'Records', 'AccessLogs']) {
      const Bucket = stream.physical(idOf(stream, 'AWS::S3::Bucket', begins));
      const { Properties } = stream.resources[idOf(stream, 'AWS::S3::BucketPolicy', begins)] ?? {};
      const policy = stream.resolved(Properties?.PolicyDocument);
      const under = async (transport: { readonly secure: boolean; readonly tls: number }) => {
        await s3.send(
          new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(underTransport(policy, transport)) }),
        );
        const object = { Bucket, Key: 'any' };
        return [
          await statusOf(s3.send(new PutObjectCommand({ ...object, Body: 'x' }))),
          await statusOf(s3.send(new GetObjectCommand(object))),
        ];
      };
      expect([begins, await under({ secure: true, tls: 1.2 })]).toEqual([begins, ['done', 'done']]);
      expect([begins, await under({ secure: true, tls: 1.3 })]).toEqual([begins, ['done', 'done']]);
      expect([begins, await under({ secure: true, tls: 1.1 })]).toEqual([begins, ['403', '403']]);
      expect([begins, await under({ secure: false, tls: 0 })]).toEqual([begins, ['403', '403']]);
      await under({ secure: true, tls: 1.2 });
    }
  });

  it('lets each role write where it must, and nowhere else', async () => {
    const role = (stack: MadeStack, begins: string) =>
      assume(moto.url, stack.physical(idOf(stack, 'AWS::IAM::Role', begins)));
    const roles = {
      archive: await role(stream, 'Archive'),
      delivery: await role(managed, 'Delivery'),
      transform: await role(managed, 'Transform'),
    };
    await enforce(moto.url);
    const put = (credentials: Credentials, Bucket: string, Key: string) =>
      statusOf(new S3Client(clientOf(moto.url, credentials)).send(new PutObjectCommand({ Bucket, Key, Body: 'x' })));
    expect({
      archive: await put(roles.archive, ARCHIVE, 'records/2026/01/02/a.gz'),
      'archive to the letters': await put(roles.archive, LETTERS_BUCKET, 'records/a.gz'),
      delivery: await put(roles.delivery, LETTERS_BUCKET, 'managed/processing-failed/2026/01/02/a'),
      'delivery to the service’s letters': await put(roles.delivery, LETTERS_BUCKET, 'service/letters/a'),
      'delivery to the archive': await put(roles.delivery, ARCHIVE, 'managed/a'),
      transform: await put(roles.transform, LETTERS_BUCKET, 'managed/a'),
    }).toEqual({
      archive: 'done',
      'archive to the letters': '403',
      delivery: 'done',
      'delivery to the service’s letters': '403',
      'delivery to the archive': '403',
      transform: '403',
    });
  });
});
