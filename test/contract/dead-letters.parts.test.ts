import { CreateBucketCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, inject, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { batchedDeadLetters } from '../../src/dead-letter/batched.ts';
import { s3Client } from '../../src/dead-letter/s3/client.ts';
import { s3Store } from '../../src/dead-letter/s3/store.ts';
import { sqsClient } from '../../src/dead-letter/sqs/client.ts';
import { sqsWire } from '../../src/dead-letter/sqs/wire.ts';
import { letter } from '../support/letter.ts';
import { meddleWith, s3Faults, sqsFaults, strictSqs } from '../support/letter-faults.ts';
import { meddler } from '../support/meddler.ts';
import { deadLettersContract, type LetterFault, type LetterWorld } from './dead-letters.ts';

const account = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
const never = new AbortController().signal;
const TRY_MS = 10_000;

let names = 0;
const newName = (what: string): string => `${what}-${process.pid}-${++names}`;

/** A bucket of its own in moto, behind a proxy. */
const newBucket = async () => {
  const proxy = await meddler(inject('motoUrl'));
  const bucket = newName('letters');
  const client = s3Client({ ...account, endpoint: inject('motoUrl') });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const store = s3Store({
    client: s3Client({ ...account, endpoint: proxy.url }, TRY_MS),
    bucket,
    prefix: 'some/where/',
  });
  return { proxy, bucket, client, store };
};

const textAt = async (client: S3Client, url: string): Promise<string> => {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString() ?? '';
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

interface QueueWorld extends LetterWorld {
  /** How many letters that were read have pointed to S3. */
  readonly bodies: () => number;
  /** A fault of S3 alone. */
  s3Fault(kind?: LetterFault): void;
}

const queueWorld = async (messageBytes: number): Promise<QueueWorld> => {
  const s3 = await newBucket();
  const proxy = await meddler(inject('motoUrl'));
  const direct = sqsClient(inject('motoUrl'), account);
  const Attributes = { MaximumMessageSize: `${messageBytes}` };
  const { QueueUrl = '' } = await direct.send(new CreateQueueCommand({ QueueName: newName('letters'), Attributes }));
  const queueUrl = `${proxy.url}${new URL(QueueUrl).pathname}`;
  const target = batchedDeadLetters({
    wire: sqsWire({ client: sqsClient(queueUrl, account, TRY_MS), queueUrl }),
    bodies: s3.store,
    application: 'app',
    clock: systemClock,
  });
  const received: string[] = [];
  let bodies = 0;
  const s3Fault = (kind?: LetterFault) => s3.proxy.meddle(meddleWith(kind, s3Faults));
  const fault = (kind?: LetterFault) => {
    proxy.meddle(strictSqs(meddleWith(kind, sqsFaults), messageBytes));
    s3Fault(kind);
  };
  fault();
  return {
    target,
    // Twelve requests. moto's time grows with the square of what its queue holds.
    many: 120,
    s3Fault,
    bodies: () => bodies,
    async read() {
      for (const text of await receive(direct, QueueUrl)) {
        const { body } = JSON.parse(text);
        if (body !== undefined) bodies += 1;
        received.push(body === undefined ? text : await textAt(s3.client, body));
      }
      return received.map((text) => JSON.parse(text));
    },
    fault,
    async [Symbol.asyncDispose]() {
      await target.close();
      direct.destroy();
      s3.client.destroy();
      await proxy[Symbol.asyncDispose]();
      await s3.proxy[Symbol.asyncDispose]();
    },
  };
};

describe('dead letters in a queue', () => {
  deadLettersContract(() => queueWorld(1_048_576));
});

describe('dead letters in a queue with a limit of its own', () => {
  it('go to S3 above that limit, and not before', async () => {
    await using world = await queueWorld(262_144);
    const letters = [190_000, 200_000].map((bytes, n) => letter(n, { raw: Buffer.alloc(bytes) }));
    expect(await world.target.put(letters, never)).toEqual([undefined, undefined]);
    expect(await world.read()).toHaveLength(2);
    expect(world.bodies()).toBe(1);
  });
});

describe('a queue that cannot be used', () => {
  const target = async (path: string, attributes: Record<string, string> = {}) => {
    const { store } = await newBucket();
    const client = sqsClient(inject('motoUrl'), account);
    if (Object.keys(attributes).length > 0)
      await client.send(new CreateQueueCommand({ QueueName: path.split('/').at(-1), Attributes: attributes }));
    const queueUrl = `${inject('motoUrl')}${path}`;
    return batchedDeadLetters({
      wire: sqsWire({ client, queueUrl }),
      bodies: store,
      application: 'app',
      clock: systemClock,
    });
  };

  it('says that it is not there', async () => {
    const lost = await target('/123456789012/nobody-made-this');
    expect(await lost.check(never)).toMatch(/nobody-made-this.*does not exist/);
    await expect(lost.put([letter(1)], never)).rejects.toThrow(/nobody-made-this.*does not exist/);
  });

  it('says that not even pointers fit', async () => {
    const small = await target(`/123456789012/${newName('small')}`, { MaximumMessageSize: '1024' });
    expect(await small.check(never)).toMatch(/MaximumMessageSize is 1024; raise it/);
    await expect(small.put([letter(1)], never)).rejects.toThrow(/MaximumMessageSize is 1024; raise it/);
  });

  it('keeps all but the large letters while S3 is away, and says so of those', async () => {
    await using world = await queueWorld(1_048_576);
    const letters = [letter(0), letter(1, { raw: Buffer.alloc(1_000_000) }), letter(2)];
    world.s3Fault('outage');
    const unkept = await world.target.put(letters, never);
    expect(unkept).toEqual([undefined, expect.stringContaining('s3://'), undefined]);
    expect(await world.target.check(never)).toContain('s3://');
    expect(await world.read()).toHaveLength(2);
    world.s3Fault();
    expect(await world.target.put(letters.slice(1, 2), never)).toEqual([undefined]);
    expect(await world.read()).toHaveLength(3);
  });

  it('says that the bucket for large letters is not there', async () => {
    const client = s3Client({ ...account, endpoint: inject('motoUrl') });
    const nowhere = s3Store({ client, bucket: 'nobody-made-this', prefix: '' });
    expect(await nowhere.check(never)).toBe('the bucket nobody-made-this does not exist');
    await expect(nowhere.put('k', 'text', never)).rejects.toThrow('s3://nobody-made-this: NoSuchBucket');
  });
});
