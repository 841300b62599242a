import { CreateDeliveryStreamCommand } from '@aws-sdk/client-firehose';
import { CreateBucketCommand, GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { inject } from 'vitest';
import { firehoseClient } from '../../src/dead-letter/firehose/client.ts';
import { s3Client } from '../../src/dead-letter/s3/client.ts';
import { sqsClient } from '../../src/dead-letter/sqs/client.ts';
import type { LetterFault } from '../contract/dead-letters.ts';
import { firehoseFaults, meddleWith, s3Faults, sqsFaults, strictFirehose, strictSqs } from './letter-faults.ts';
import { meddler } from './meddler.ts';

export const ACCOUNT = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

/** Where letters go in moto: a place of its own, empty, behind a proxy that makes faults. */
export interface LetterPlace extends AsyncDisposable {
  /** What a worker needs to be told, beside region and credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** The text of every letter that is durable there. Those that point elsewhere stay pointers. */
  read(): Promise<readonly string[]>;
  /** It lasts until the next call; left out: all is well. */
  fault(kind?: LetterFault): void;
}

let names = 0;
export const newName = (what: string): string => `${what}-${process.pid}-${++names}`;

const textAt = async (client: S3Client, url: string): Promise<string> => {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
};

export interface BucketPlace extends LetterPlace {
  readonly bucket: string;
  readonly proxyUrl: string;
  /** Goes around the proxy. */
  readonly direct: S3Client;
  keys(prefix?: string): Promise<readonly string[]>;
  read(prefix?: string): Promise<readonly string[]>;
}

/** A bucket; letters are lines of its objects. */
export const bucketPlace = async (): Promise<BucketPlace> => {
  const proxy = await meddler(inject('motoUrl'));
  const bucket = newName('letters');
  const direct = s3Client({ ...ACCOUNT, endpoint: inject('motoUrl') });
  await direct.send(new CreateBucketCommand({ Bucket: bucket }));
  const keys = async (Prefix = '') => {
    const found: string[] = [];
    for await (const { Contents = [] } of paginateListObjectsV2({ client: direct }, { Bucket: bucket, Prefix }))
      found.push(...Contents.map(({ Key = '' }) => Key));
    return found;
  };
  // What is written again under a key says the same.
  const known = new Map<string, Promise<string>>();
  return {
    bucket,
    proxyUrl: proxy.url,
    direct,
    keys,
    environment: { SHARDLINE_DEAD_LETTER_TO: `s3://${bucket}/some/where`, AWS_ENDPOINT_URL_S3: proxy.url },
    async read(prefix) {
      const found = await keys(prefix);
      for (const key of found) known.set(key, known.get(key) ?? textAt(direct, `s3://${bucket}/${key}`));
      const texts = await Promise.all(found.map((key) => known.get(key) ?? ''));
      return texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
    },
    fault: (kind) => proxy.meddle(meddleWith(kind, s3Faults)),
    async [Symbol.asyncDispose]() {
      direct.destroy();
      await proxy[Symbol.asyncDispose]();
    },
  };
};

/** Takes everything out of a queue. */
const receive = async (client: SQSClient, QueueUrl: string): Promise<string[]> => {
  const texts: string[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return texts;
    texts.push(...Messages.map(({ Body = '' }) => Body));
    const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
};

export interface QueuePlace extends LetterPlace {
  readonly queueUrl: string;
  /** Takes what is too large for the queue. */
  readonly bodies: BucketPlace;
  /** Sets what one message may hold. */
  limit(messageBytes: number): Promise<void>;
}

/** A queue, and a bucket for what is too large for it; what was read once is remembered. */
export const queuePlace = async (atFirst = 1_048_576): Promise<QueuePlace> => {
  let messageBytes = atFirst;
  const bodies = await bucketPlace();
  const proxy = await meddler(inject('motoUrl'));
  const direct = sqsClient(inject('motoUrl'), ACCOUNT);
  const Attributes = { MaximumMessageSize: `${messageBytes}` };
  const { QueueUrl = '' } = await direct.send(new CreateQueueCommand({ QueueName: newName('letters'), Attributes }));
  const queueUrl = `${proxy.url}${new URL(QueueUrl).pathname}`;
  const received: string[] = [];
  const fault = (kind?: LetterFault) => {
    proxy.meddle(strictSqs(meddleWith(kind, sqsFaults), messageBytes));
    bodies.fault(kind);
  };
  fault();
  return {
    queueUrl,
    bodies,
    async limit(bytes) {
      messageBytes = bytes;
      const lower = new SetQueueAttributesCommand({ QueueUrl, Attributes: { MaximumMessageSize: `${bytes}` } });
      await direct.send(lower);
      fault();
    },
    environment: {
      ...bodies.environment,
      SHARDLINE_DEAD_LETTER_TO: queueUrl,
      SHARDLINE_DEAD_LETTER_LARGE_TO: `s3://${bodies.bucket}/bodies`,
    },
    async read() {
      received.push(...(await receive(direct, QueueUrl)));
      return received;
    },
    fault,
    async [Symbol.asyncDispose]() {
      direct.destroy();
      await proxy[Symbol.asyncDispose]();
      await bodies[Symbol.asyncDispose]();
    },
  };
};

export interface FirehosePlace extends LetterPlace {
  readonly stream: string;
  readonly proxyUrl: string;
  /** Where it delivers to, and where what is too large for it goes. */
  readonly bucket: BucketPlace;
}

/** A Firehose stream into a bucket, where moto delivers at once. */
export const firehosePlace = async (): Promise<FirehosePlace> => {
  const bucket = await bucketPlace();
  const proxy = await meddler(inject('motoUrl'));
  const direct = firehoseClient({ ...ACCOUNT, endpoint: inject('motoUrl') });
  const stream = newName('letters');
  const ExtendedS3DestinationConfiguration = {
    RoleARN: 'arn:aws:iam::123456789012:role/firehose',
    BucketARN: `arn:aws:s3:::${bucket.bucket}`,
    Prefix: 'delivered/',
  };
  await direct.send(
    new CreateDeliveryStreamCommand({ DeliveryStreamName: stream, ExtendedS3DestinationConfiguration }),
  );
  direct.destroy();
  const fault = (kind?: LetterFault) => {
    proxy.meddle(strictFirehose(meddleWith(kind, firehoseFaults)));
    bucket.fault(kind);
  };
  fault();
  return {
    stream,
    proxyUrl: proxy.url,
    bucket,
    environment: {
      ...bucket.environment,
      AWS_ENDPOINT_URL_FIREHOSE: proxy.url,
      SHARDLINE_DEAD_LETTER_TO: `firehose://${stream}`,
      SHARDLINE_DEAD_LETTER_READ_FROM: `s3://${bucket.bucket}/delivered`,
      SHARDLINE_DEAD_LETTER_LARGE_TO: `s3://${bucket.bucket}/large`,
    },
    read: () => bucket.read('delivered/'),
    fault,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await bucket[Symbol.asyncDispose]();
    },
  };
};

/** The envelopes among letters and, where these only point, behind them. */
export const wholeLetters = (s3: S3Client, texts: readonly string[]): Promise<readonly Record<string, unknown>[]> =>
  Promise.all(
    texts.map(async (text) => {
      const letter = JSON.parse(text);
      return typeof letter.body === 'string' ? JSON.parse(await textAt(s3, letter.body)) : letter;
    }),
  );
