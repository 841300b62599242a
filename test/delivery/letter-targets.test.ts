import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { describe, expect, inject, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { batchedDeadLetters } from '../../src/dead-letter/batched.ts';
import { firehoseClient } from '../../src/dead-letter/firehose/client.ts';
import { firehoseWire } from '../../src/dead-letter/firehose/wire.ts';
import { objectDeadLetters } from '../../src/dead-letter/objects.ts';
import { s3Client } from '../../src/dead-letter/s3/client.ts';
import { s3Store } from '../../src/dead-letter/s3/store.ts';
import { sqsClient } from '../../src/dead-letter/sqs/client.ts';
import { sqsWire } from '../../src/dead-letter/sqs/wire.ts';
import { deadLettersContract, type LetterWorld } from '../contract/dead-letters.ts';
import { letter } from '../support/letter.ts';
import { ACCOUNT, bucketPlace, firehosePlace, newName, queuePlace, wholeLetters } from '../support/letter-places.ts';
import { bucketTarget, firehoseTarget, queueTarget } from '../support/letter-targets.ts';

const never = new AbortController().signal;
const base = { application: 'app', clock: systemClock };

const queueWorld = async (tryMs?: number): Promise<LetterWorld> => {
  const place = await queuePlace();
  const target = queueTarget(place, { tryMs });
  return {
    target,
    // Twelve requests. moto's time grows with the square of what its queue holds.
    many: 120,
    read: async () => wholeLetters(place.bodies.direct, await place.read()),
    fault: place.fault,
    async [Symbol.asyncDispose]() {
      await target.close();
      await place[Symbol.asyncDispose]();
    },
  };
};

const firehoseWorld = async (tryMs?: number): Promise<LetterWorld> => {
  const place = await firehosePlace();
  const target = firehoseTarget(place, { tryMs });
  return {
    target,
    many: 1_234,
    read: async () => wholeLetters(place.bucket.direct, await place.read()),
    fault: place.fault,
    async [Symbol.asyncDispose]() {
      await target.close();
      await place[Symbol.asyncDispose]();
    },
  };
};

const bucketWorld = async (tryMs?: number): Promise<LetterWorld> => {
  const place = await bucketPlace();
  const target = bucketTarget(place, { tryMs });
  return {
    target,
    many: 1_234,
    read: async () => (await place.read()).map((text) => JSON.parse(text)),
    fault: place.fault,
    async [Symbol.asyncDispose]() {
      await target.close();
      await place[Symbol.asyncDispose]();
    },
  };
};

describe('dead letters in a queue', () => {
  deadLettersContract(() => queueWorld());

  it('point to S3 above the limit of the queue itself, and not below', async () => {
    await using place = await queuePlace(262_144);
    const letters = [190_000, 200_000].map((bytes, n) => letter(n, { raw: Buffer.alloc(bytes) }));
    expect(await queueTarget(place).put(letters, never)).toEqual([undefined, undefined]);
    const texts = await place.read();
    expect(texts.filter((text) => JSON.parse(text).body !== undefined)).toHaveLength(1);
    expect(await place.bodies.keys()).toHaveLength(1);
    expect(await wholeLetters(place.bodies.direct, texts)).toHaveLength(2);
  });

  it('point to S3 as soon as the queue takes less than it did', async () => {
    await using place = await queuePlace();
    const target = queueTarget(place);
    const letters = [letter(0), letter(1, { raw: Buffer.alloc(200_000) }), letter(2)];
    expect(await target.put(letters, never)).toEqual([undefined, undefined, undefined]);
    await place.limit(100_000);
    expect(await target.put(letters, never)).toEqual([undefined, expect.stringContaining('refused'), undefined]);
    expect(await target.put(letters, never)).toEqual([undefined, undefined, undefined]);
    const texts = await place.read();
    expect(texts.filter((text) => JSON.parse(text).body !== undefined)).toHaveLength(1);
  });

  it('are sent again in halves when the request as a whole is too long', async () => {
    await using place = await queuePlace();
    const client = sqsClient(inject('motoUrl'), ACCOUNT);
    const queueUrl = `${inject('motoUrl')}${new URL(place.queueUrl).pathname}`;
    const sent = sqsWire({ client, queueUrl }).send(['x'.repeat(600_000), 'x'.repeat(600_000)], never);
    expect(await sent).toEqual({ refused: expect.stringContaining('BatchRequestTooLong') });
    client.destroy();
  });

  it('are kept but for the large ones while S3 is away, which it says of those', async () => {
    await using place = await queuePlace();
    const target = queueTarget(place);
    const letters = [letter(0), letter(1, { raw: Buffer.alloc(1_000_000) }), letter(2)];
    place.bodies.fault('outage');
    expect(await target.put(letters, never)).toEqual([undefined, expect.stringContaining('s3://'), undefined]);
    expect(await target.check(never)).toContain('s3://');
    expect(await place.read()).toHaveLength(2);
    place.bodies.fault();
    expect(await target.put(letters.slice(1, 2), never)).toEqual([undefined]);
    expect(await place.read()).toHaveLength(3);
  });
});

describe('dead letters in a bucket', () => {
  deadLettersContract(() => bucketWorld());

  it('stand together by the day of arrival, by reason and by shard; written again, they replace themselves', async () => {
    await using place = await bucketPlace();
    const target = bucketTarget(place);
    const letters = [letter(1), letter(2), letter(3, { reason: 'decode-utf8' }), letter(4, { arrivedMs: 0 })];
    for (let again = 0; again < 2; again += 1) await target.put(letters, never);
    expect((await place.keys()).map((key) => key.replace(/-[0-9a-f]{16}\.ndjson$/, ''))).toEqual([
      'some/where/letters/date=1970-01-01/reason=decode-json/shard=shardId-000000000000/4',
      'some/where/letters/date=2023-11-14/reason=decode-json/shard=shardId-000000000000/1',
      'some/where/letters/date=2023-11-14/reason=decode-utf8/shard=shardId-000000000000/3',
    ]);
    expect(await place.read()).toHaveLength(4);
  });
});

describe('dead letters in a Firehose stream', () => {
  deadLettersContract(() => firehoseWorld());

  it('point to S3 above its limit, and not below', async () => {
    await using place = await firehosePlace();
    // Base64 makes four bytes of three; the rest of the envelope is about 400 bytes.
    const letters = [749_000, 750_000].map((bytes, n) => letter(n, { raw: Buffer.alloc(bytes) }));
    expect(await firehoseTarget(place).put(letters, never)).toEqual([undefined, undefined]);
    const texts = await place.read();
    expect(texts.map((text) => JSON.parse(text).body !== undefined)).toEqual([false, true]);
  });

  it('are found where it delivers to, or it says so', async () => {
    await using place = await firehosePlace();
    const client = firehoseClient({ ...ACCOUNT, endpoint: place.proxyUrl });
    const trouble = (stream: string, bucket: string, prefix: string) =>
      firehoseWire({ client, stream, readFrom: { bucket, prefix } }).check(never);
    const { bucket } = place.bucket;
    expect(await trouble(place.stream, bucket, 'delivered/')).toBeUndefined();
    expect(await trouble(place.stream, bucket, '')).toBeUndefined();
    expect(await trouble(place.stream, bucket, 'elsewhere/')).toContain(
      `it delivers to s3://${bucket}/delivered/, but dead_letter.read_from is s3://${bucket}/elsewhere/`,
    );
    expect(await trouble(place.stream, 'other', 'delivered/')).toContain('but dead_letter.read_from is s3://other/');
    expect(await trouble('nobody-made-this', bucket, '')).toMatch(/^firehose:\/\/nobody-made-this: ResourceNotFound/);
  });
});

describe('a target that never answers', () => {
  it.each([
    ['a queue', queueWorld],
    ['a bucket', bucketWorld],
    ['a Firehose stream', firehoseWorld],
  ] as const)('is given up, %s, and asked again later; a stop does not wait for it', async (_, make) => {
    await using world = await make(1_000);
    world.fault('silence');
    // The queue is asked for its limit: it rejects for all letters together.
    const unkept = await world.target.put([letter(1)], never).catch((thrown: unknown) => [String(thrown)]);
    expect(unkept).toEqual([expect.stringMatching(/timeout/i)]);
    const stop = new AbortController();
    const put = world.target.put([letter(1)], stop.signal).catch((thrown: unknown) => [String(thrown)]);
    stop.abort();
    expect(await put).toEqual([expect.stringMatching(/abort/i)]);
    world.fault();
    expect(await world.target.put([letter(1)], never)).toEqual([undefined]);
    expect(await world.read()).toHaveLength(1);
  });
});

describe('a place that cannot be used', () => {
  const queueAt = async (name: string, attributes?: Record<string, string>) => {
    const client = sqsClient(inject('motoUrl'), ACCOUNT);
    if (attributes) await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    const wire = sqsWire({ client, queueUrl: `${inject('motoUrl')}/123456789012/${name}` });
    return batchedDeadLetters({ ...base, wire, bodies: nowhere() });
  };
  const nowhere = () =>
    s3Store({ client: s3Client({ ...ACCOUNT, endpoint: inject('motoUrl') }), bucket: 'nobody-made-this', prefix: '' });

  it('a queue says that it is not there', async () => {
    const lost = await queueAt('nobody-made-this');
    expect(await lost.check(never)).toMatch(/nobody-made-this.*does not exist/);
    await expect(lost.put([letter(1)], never)).rejects.toThrow(/nobody-made-this.*does not exist/);
  });

  it('a queue says that not even pointers fit', async () => {
    const small = await queueAt(newName('small'), { MaximumMessageSize: '1024' });
    expect(await small.check(never)).toMatch(/MaximumMessageSize is 1024; raise it/);
    await expect(small.put([letter(1)], never)).rejects.toThrow(/MaximumMessageSize is 1024; raise it/);
  });

  it('a bucket says that it is not there', async () => {
    const target = objectDeadLetters({ ...base, store: nowhere() });
    expect(await target.check(never)).toBe('the bucket nobody-made-this does not exist');
    expect(await target.put([letter(1)], never)).toEqual([
      expect.stringMatching(/s3:\/\/nobody-made-this: NoSuchBucket/),
    ]);
  });
});
