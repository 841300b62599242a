import { CreateBucketCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, inject, it } from 'vitest';
import { s3Client } from '../../src/dead-letter/s3/client.ts';
import { sqsClient } from '../../src/dead-letter/sqs/client.ts';
import { event } from '../support/event.ts';
import { meddleWith, sqsFaults } from '../support/letter-faults.ts';
import { meddler } from '../support/meddler.ts';
import { type Letter, rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const account = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

/** Takes the letters out of a queue; those that point to S3 are fetched there. */
const receive = async (sqs: SQSClient, s3: S3Client, QueueUrl: string): Promise<Letter[]> => {
  const letters: Letter[] = [];
  for (;;) {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const [message] = Messages ?? [];
    if (!message) return letters;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    const letter = JSON.parse(message.Body ?? '');
    const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(letter.body ?? '') ?? [];
    if (!Key) letters.push(letter);
    else {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      letters.push(JSON.parse((await Body?.transformToString()) ?? ''));
    }
  }
};

describe('dead letters to a queue', () => {
  it('hold the checkpoint while the queue is away, tell so, and are all there afterwards', {
    timeout: 120_000,
  }, async () => {
    const motoUrl = inject('motoUrl');
    await using proxy = await meddler(motoUrl);
    await using world = await rig({ shards: 1 });
    const sqs = sqsClient(motoUrl, account);
    const s3 = s3Client({ ...account, endpoint: motoUrl });
    await s3.send(new CreateBucketCommand({ Bucket: world.stream }));
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: world.stream }));
    const environment = {
      SHARDLINE_DEAD_LETTER_TO: `${proxy.url}${new URL(QueueUrl).pathname}`,
      SHARDLINE_DEAD_LETTER_LARGE_TO: `s3://${world.stream}/bodies`,
      AWS_ENDPOINT_URL_S3: motoUrl,
    };
    const large = `no JSON ${'x'.repeat(900_000)}`;

    proxy.meddle(meddleWith('outage', sqsFaults));
    const first = world.worker(environment);
    await world.put([event('a'), 'poison 1', event('b'), large, event('c')]);
    await until(async () => (await world.count()) === 3, 60_000);
    const { text } = await until(async () => {
      const readiness = await first.readiness();
      return readiness.text.includes('dead letters cannot be written') ? readiness : undefined;
    }, 30_000);
    expect(text).toContain(environment.SHARDLINE_DEAD_LETTER_TO);
    await first.child.kill();

    // No checkpoint has passed the letters: whoever comes next writes them.
    proxy.meddle(meddleWith('partial failure', sqsFaults));
    const second = world.worker(environment);
    await until(async () => (await second.metric('shardline_dead_letters_total')) === 2, 60_000);
    proxy.meddle();
    await until(async () => (await second.readiness()).status === 200, 30_000);
    expect((await world.hits()).map(({ id, version }) => [id, version])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
    const letters = await receive(sqs, s3, QueueUrl);
    const raws = new Map(letters.map(({ letter_id, raw }) => [letter_id, Buffer.from(raw, 'base64').toString()]));
    expect([...raws.values()].sort()).toEqual([large, 'poison 1']);
    second.child.signal('SIGTERM');
    expect(await second.child.ended).toBe('exit code 0');
    sqs.destroy();
    s3.destroy();
  });
});
