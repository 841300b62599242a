import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { DeadLetter } from '../../src/core/letter.ts';
import type { Bucket } from '../../src/dead-letter/bucket.ts';
import { bucketPlace as letterPlace } from '../../src/dead-letter/bucket-place.ts';
import { fileDeadLetters, prepareFolder } from '../../src/dead-letter/file.ts';
import { linesOf } from '../../src/dead-letter/line-reader.ts';
import { s3Bucket } from '../../src/dead-letter/s3/bucket.ts';
import { s3Client } from '../../src/dead-letter/s3/client.ts';
import { sqsClient } from '../../src/dead-letter/sqs/client.ts';
import { sqsQueue } from '../../src/dead-letter/sqs/queue.ts';
import { letter } from '../support/letter.ts';
import { ACCOUNT, type BucketPlace, bucketPlace, firehosePlace, queuePlace } from '../support/letter-places.ts';
import { bucketTarget, firehoseTarget, queueTarget } from '../support/letter-targets.ts';
import { eventOf, writeTransform } from '../support/matrix.ts';
import { type Rig, rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const EVENTS = 10_000;

/** Makes the index of the events with a mapping that none of them fits. */
const misMap = async ({ opensearchUrl, prefix }: Rig) => {
  const mappings = { properties: { text: { type: 'integer' } } };
  const answer = await fetch(`${opensearchUrl}/${prefix}-2026.01.02`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mappings }),
  });
  expect(answer.status).toBe(200);
};

/** Takes that index away: the next document makes it anew, by the template. */
const mendMapping = ({ opensearchUrl, prefix }: Rig) =>
  fetch(`${opensearchUrl}/${prefix}-2026.01.02`, { method: 'DELETE' });

/** Has a worker write a letter for each of so many events. */
const deadLetter = async (world: Rig, count: number, environment: Readonly<Record<string, string>> = {}) => {
  await misMap(world);
  const worker = world.worker({ SHARDLINE_DEAD_LETTER_HOLD_ABOVE: 'off', ...environment });
  await world.put(Array.from({ length: count }, (_, i) => eventOf(`e${i}`)));
  await until(async () => (await worker.metric('shardline_dead_letters_total')) === count, 60_000, 100);
  worker.child.signal('SIGTERM');
  expect(await worker.child.ended).toBe('exit code 0');
};

const bucketWorld = async (application: string) => {
  const place = await bucketPlace();
  return { place, target: bucketTarget(place, { application }) };
};

const firehoseWorld = async (application: string) => {
  const place = await firehosePlace();
  return { place, target: firehoseTarget(place, { application }) };
};

const queueWorld = async (application: string) => {
  const place = await queuePlace();
  return { place, target: queueTarget(place, { application }) };
};

describe('redrive', () => {
  it(`brings ${EVENTS} events in from a folder once their mapping is mended; again, it changes nothing`, async () => {
    await using world = await rig({ shards: 2 });
    const environment = { SHARDLINE_TRANSFORM: writeTransform(world.folder) };
    await deadLetter(world, EVENTS, environment);
    expect(world.letters()).toHaveLength(EVENTS);

    await mendMapping(world);
    const first = await world.command(['redrive', '--json'], environment).ended;
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(first.out)).toMatchObject({ selected: EVENTS, delivered: EVENTS, failed: 0 });
    expect(world.letters()).toEqual([]);
    const hits = await world.hits();
    expect(hits).toHaveLength(EVENTS);
    expect(hits.every(({ version }) => version === 1)).toBe(true);

    const second = await world.command(['redrive', '--json'], environment).ended;
    expect(second).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(second.out)).toMatchObject({
      selected: 0,
      documents: { indexed: 0, duplicate: 0, stale: 0, dropped: 0 },
    });
    expect(await world.hits()).toEqual(hits);
  });

  const letterFrom = (world: Rig, n: number, more: Partial<DeadLetter> = {}): DeadLetter =>
    letter(n, { stream: world.stream, raw: Buffer.from(eventOf(`e${n}`)), arrivedMs: Date.UTC(2026, 0, 2), ...more });

  describe.each([
    ['a bucket', bucketWorld],
    ['a Firehose stream', firehoseWorld],
    ['a queue', queueWorld],
  ] as const)('from %s', (_, makeWorld) => {
    it('brings letters in through throttling and outages, whole ones and pointers, and empties it', async () => {
      await using world = await rig({ shards: 1 });
      const { place, target } = await makeWorld(world.stream);
      await using _place = place;
      const environment = { ...place.environment, SHARDLINE_TRANSFORM: writeTransform(world.folder) };
      const letters = Array.from({ length: 100 }, (_, n) =>
        letterFrom(world, n, { shard: `shardId-00000000000${n % 4}`, reason: n % 2 ? 'sink-rejected' : 'decode-utf8' }),
      );
      const large = letterFrom(world, 100, { raw: Buffer.from(eventOf('large', { text: 'x'.repeat(800_000) })) });
      for (const some of [letters.slice(0, 50), letters.slice(50), [large], [letters[7] ?? large]])
        expect((await target.put(some, never)).filter((why) => why !== undefined)).toEqual([]);

      place.fault('throttling');
      const running = world.command(['redrive', '--json'], environment);
      await until(() => running.err().includes('waiting: '), 30_000);
      place.fault('outage');
      await until(() => /waiting: .*(?:ECONNRESET|socket hang up)/.test(running.err()), 30_000);
      place.fault();
      const { code, out } = await running.ended;
      expect(JSON.parse(out)).toMatchObject({ selected: 101, delivered: 101, failed: 0, unreadable: 0 });
      expect(JSON.parse(out).copies).toBeGreaterThanOrEqual(1);
      expect(code).toBe(0);
      expect(await world.count()).toBe(101);
      expect(await place.read()).toEqual([]);
      await target.close();
    });
  });

  it('tells of letters of a queue that somebody has received, and finds none of them', async () => {
    await using world = await rig({ shards: 1 });
    const { place, target } = await queueWorld(world.stream);
    await using _place = place;
    await target.put([letterFrom(world, 1), letterFrom(world, 2)], never);
    const patience = { clock: systemClock, random: () => 1, onTrouble() {} };
    const queue = sqsQueue({ client: sqsClient(place.queueUrl, ACCOUNT), queueUrl: place.queueUrl, patience });
    expect(await queue.receive(never)).toHaveLength(2);
    queue.close();
    const { code, out, err } = await world.command(['redrive', '--json'], place.environment).ended;
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, selected: 0 });
    expect(err).toContain('about 2 letters of the queue are in hand elsewhere');
    await target.close();
  });

  it('says what it would do, and does nothing', async () => {
    await using world = await rig({ shards: 1 });
    await using place = await bucketPlace();
    const environment = { ...place.environment, SHARDLINE_TRANSFORM: writeTransform(world.folder) };
    const target = bucketTarget(place, { application: world.stream });
    const index = `${world.prefix}-2026.01.01`;
    const document = JSON.stringify({ '@timestamp': '2026-01-01T00:00:00.000Z', n: 1, text: 'old', ingest: {} });
    await target.put(
      [
        letterFrom(world, 1, {
          raw: Buffer.from(eventOf('a', { text: 'new' })),
          reason: 'sink-rejected',
          document,
          index,
        }),
        letterFrom(world, 2, { raw: Buffer.from('no JSON') }),
        letterFrom(world, 3, { stream: 'another' }),
      ],
      never,
    );
    const before = await place.keys();
    const { code, out, err } = await world.command(['redrive', '--dry-run', '--json'], environment).ended;
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      expect.objectContaining({
        reason: 'decode-json',
        documents: [],
        dead_letters: [expect.objectContaining({ reason: 'decode-json' })],
      }),
      expect.objectContaining({
        reason: 'sink-rejected',
        dead_letters: [],
        documents: [expect.objectContaining({ id: 'a', index: `${world.prefix}-2026.01.02` })],
        changes: [
          { path: '/_index', before: index, after: `${world.prefix}-2026.01.02` },
          { path: '/@timestamp', before: '2026-01-01T00:00:00.000Z', after: '2026-01-02T00:00:00.000Z' },
          { path: '/text', before: 'old', after: 'new' },
        ],
      }),
    ]);
    expect(err).toMatch(/^2 letters looked at, nothing changed/);
    expect(err).toContain('1  decode-json → letters again: decode-json');
    expect(err).toContain('1  sink-rejected → documents');
    expect(err).toContain('1 letter of other applications or streams left alone');
    expect(code).toBe(0);
    expect(await place.keys()).toEqual(before);
    expect(await world.count()).toBe(0);
    await target.close();
  });

  it('gives what fails again its history, and takes only what is asked for', async () => {
    await using world = await rig({ shards: 1 });
    await using place = await bucketPlace();
    const environment = {
      ...place.environment,
      SHARDLINE_TRANSFORM: writeTransform(world.folder),
      SHARDLINE_DECODE: 'ndjson',
    };
    const target = bucketTarget(place, { application: world.stream });
    await target.put(
      [
        letterFrom(world, 1, { raw: Buffer.from('no JSON'), message: 'as it was' }),
        letterFrom(world, 2, { arrivedMs: Date.UTC(2026, 0, 2, 12) }),
        // One message of several: it keeps its place in its record.
        letterFrom(world, 3, { raw: Buffer.from(JSON.stringify({ day: '2026-01-02', n: 1 })), subSequenceNumber: 7 }),
      ],
      never,
    );
    const until = ['--until', '2026-01-02T12:00:00Z'];
    for (let n = 0; n < 2; n += 1) {
      const { code, out } = await world.command(['redrive', ...until, '--json'], environment).ended;
      const selected = n === 0 ? 2 : 1;
      expect(JSON.parse(out)).toMatchObject({
        selected,
        delivered: selected - 1,
        failed: 1,
        reasons: { 'decode-json': 1 },
      });
      expect(code).toBe(1);
    }
    const left = (await place.read())
      .map((text) => JSON.parse(text))
      .sort((a, b) => a.sequence_number - b.sequence_number);
    expect(left).toMatchObject([
      {
        letter_id: `${world.stream}/shardId-000000000000/1/0/0/decode-json`,
        raw: Buffer.from('no JSON').toString('base64'),
        history: [
          { reason: 'decode-json', message: 'as it was' },
          { reason: 'decode-json', message: expect.stringMatching(/JSON/) },
        ],
      },
      { sequence_number: '2' },
    ]);
    expect((await world.hits()).map(({ id }) => id)).toEqual([`${world.stream}:shardId-000000000000:3:7:0`]);
    await target.close();
  });

  it('loses nothing when it is killed, nor when two are at it; Ctrl-C ends it in order', async () => {
    await using world = await rig({ shards: 1 });
    const environment = { SHARDLINE_TRANSFORM: writeTransform(world.folder) };
    const dir = join(world.folder, 'letters');
    await prepareFolder(dir);
    const target = fileDeadLetters({
      dir,
      application: world.stream,
      workerId: 'w',
      clock: systemClock,
      maxFileBytes: 100_000,
    });
    const count = 2_000;
    for (let from = 0; from < count; from += 100)
      await target.put(
        Array.from({ length: 100 }, (_, n) =>
          letterFrom(world, from + n, (from + n) % 10 === 0 ? { raw: Buffer.from(`poison ${from + n}`) } : {}),
        ),
        never,
      );
    const accounted = async () => {
      const poison = new Set(world.letters().map(({ letter_id }) => letter_id));
      const known = new Set(
        (await world.hits()).map(({ id }) => `${world.stream}/shardId-000000000000/${id.slice(1)}/0/0/decode-json`),
      );
      return new Set([...poison, ...known]).size;
    };
    const slow = ['redrive', '--rate', '500'];
    for (const name of ['SIGKILL', 'SIGKILL', 'SIGINT'] as const) {
      const before = await world.count();
      const running = world.command(slow, environment);
      await until(async () => (await world.count()) > before + 100, 60_000);
      running.signal(name);
      const { code, err } = await running.ended;
      expect(code).toBe(name === 'SIGINT' ? 1 : undefined);
      if (name === 'SIGINT') expect(err).toContain('stopped before the end');
      expect(await accounted()).toBe(count);
    }
    const two = [world.command(['redrive', '--json'], environment), world.command(['redrive', '--json'], environment)];
    for (const { ended } of two) expect([0, 1]).toContain((await ended).code);
    const last = await world.command(['redrive', '--json'], environment).ended;
    expect(JSON.parse(last.out)).toMatchObject({ delivered: 0, failed: count / 10 });
    expect(new Set(world.letters().map(({ letter_id }) => letter_id)).size).toBe(count / 10);
    const hits = await world.hits();
    expect(hits).toHaveLength(count * 0.9);
    expect(hits.every(({ version }) => version === 1)).toBe(true);
    await target.close();
  });

  it('waits for an OpenSearch that is away, says so, and leaves the letters when it is stopped', async () => {
    await using world = await rig({ shards: 1 });
    await using place = await bucketPlace();
    const target = bucketTarget(place, { application: world.stream });
    await target.put([letterFrom(world, 1), letterFrom(world, 2)], never);
    const before = await place.keys();
    const running = world.command(['redrive'], {
      ...place.environment,
      SHARDLINE_TRANSFORM: writeTransform(world.folder),
      SHARDLINE_OPENSEARCH_NODE: 'http://127.0.0.1:1',
      SHARDLINE_OPENSEARCH_TEMPLATE: 'off',
      SHARDLINE_SHUTDOWN_TIMEOUT: '2s',
    });
    await until(() => /waiting: OpenSearch since .*ECONNREFUSED/.test(running.err()), 60_000);
    running.signal('SIGINT');
    expect(await running.ended).toMatchObject({
      code: 1,
      out: expect.stringContaining('2 letters left that were under way'),
    });
    expect(await place.keys()).toEqual(before);
    await target.close();
  });
});

describe('an object of letters', () => {
  const inBucket = async (work: (bucket: Bucket, place: BucketPlace) => Promise<void>) => {
    await using place = await bucketPlace();
    const client = s3Client({ ...ACCOUNT, endpoint: place.proxyUrl });
    const patience = { clock: systemClock, random: () => 1, onTrouble() {} };
    const bucket = s3Bucket({ client, bucket: place.bucket, patience });
    await work(bucket, place);
    bucket.close();
  };
  const lines = Array.from({ length: 20_000 }, (_, n) => `${n} ${'x'.repeat(900)}`);
  const text = lines.map((line) => `${line}\n`).join('');
  const read = async (bucket: Bucket): Promise<string[]> => {
    const place = letterPlace({ bucket, prefix: '', layout: 'delivered' });
    const found: string[] = [];
    for await (const bundle of place.list({ sinceMs: 0, untilMs: Number.POSITIVE_INFINITY }, never))
      for await (const some of linesOf(place.read(bundle, never))) found.push(...some.map(({ bytes }) => `${bytes}`));
    return found;
  };

  it.each([
    ['in pieces', Buffer.from(text)],
    ['packed', gzipSync(text)],
    ['packed in several parts', Buffer.concat([gzipSync(text.slice(0, 5_000)), gzipSync(text.slice(5_000))])],
  ])('is read %s', (_, bytes) =>
    inBucket(async (bucket) => {
      await bucket.put('delivered/2026/one', bytes, never);
      // The whole letters of pointers are none of a stream's.
      await bucket.put('delivered/bodies/date=x/y', Buffer.from('z'), never);
      expect(await read(bucket)).toEqual(lines);
    }),
  );

  it('that changes while it is read is not taken for whole', () =>
    inBucket(async (bucket) => {
      await bucket.put('one', Buffer.from(text), never);
      const pieces = bucket.read('one', never)[Symbol.asyncIterator]();
      await pieces.next();
      await bucket.put('one', Buffer.from('another'), never);
      await expect(pieces.next()).rejects.toThrow('it changed while it was read');
    }));

  it('that is gone is empty, and removing it again is no failure', () =>
    inBucket(async (bucket) => {
      await bucket.remove(['gone'], never);
      expect(await bucket.read('gone', never)[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
    }));

  it('of a bucket that is not there is told of at once', () =>
    inBucket(async (_, place) => {
      const client = s3Client({ ...ACCOUNT, endpoint: place.proxyUrl });
      const patience = { clock: systemClock, random: () => 1, onTrouble() {} };
      const bucket = s3Bucket({ client, bucket: 'nobody-made-this', patience });
      await expect(read(bucket)).rejects.toThrow(/nobody-made-this: NoSuchBucket/);
      bucket.close();
    }));
});
