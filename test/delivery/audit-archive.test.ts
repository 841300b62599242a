import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DeleteStreamCommand } from '@aws-sdk/client-kinesis';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { audit, tamper } from '../support/audit.ts';
import { event } from '../support/event.ts';
import { type BucketPlace, firehosePlace } from '../support/letter-places.ts';
import { rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const EVENTS = 40;
const POISON = 3;

const objectsIn = async ({ bucket, direct, keys }: BucketPlace) =>
  Promise.all(
    (await keys('delivered/')).map(async (Key) => {
      const { Body } = await direct.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return { key: Key, bytes: Buffer.from((await Body?.transformToByteArray()) ?? []) };
    }),
  );

/** Everything once more, packed: as a worker that reads again archives it, and a Firehose stream that packs delivers it. */
const deliverAgain = async (bucket: BucketPlace) => {
  const all = Buffer.concat((await objectsIn(bucket)).map(({ bytes }) => bytes));
  const again = { Bucket: bucket.bucket, Key: 'delivered/2026/11/21/09/again.gz', Body: gzipSync(all) };
  await bucket.direct.send(new PutObjectCommand(again));
};

describe('an audit of an archive', () => {
  it('accounts for everything without the stream, names what was taken away since, and puts back all of it', async () => {
    await using place = await firehosePlace();
    await using world = await rig({ shards: 2, madeAgoMs: 11 * MINUTE_MS });
    const range = { fromMs: Date.now() - 11 * MINUTE_MS, toMs: Date.now() - 2 * MINUTE_MS };
    await world.putAgo(9 * MINUTE_MS, [
      ...Array.from({ length: EVENTS }, (_, n) => event(`e${n}`)),
      ...Array.from({ length: POISON }, (_, n) => `poison ${n}`),
      event('large', { note: 'é'.repeat(400_000) }),
    ]);
    // Not of the range.
    await world.put([event('later')]);
    const worker = world.worker({
      AWS_ENDPOINT_URL_FIREHOSE: place.proxyUrl,
      SHARDLINE_ARCHIVE_TO: `firehose://${place.stream}`,
    });
    const RECORDS = EVENTS + POISON + 1;
    await until(async () => (await worker.metric('shardline_archived_records_total')) > RECORDS, 60_000, 200);
    await until(async () => (await world.count()) === EVENTS + 2, 60_000, 200);
    worker.child.signal('SIGTERM');
    expect(await worker.child.ended, worker.log().slice(-2_000)).toBe('exit code 0');
    await deliverAgain(place.bucket);
    await world.client.send(new DeleteStreamCommand({ StreamName: world.stream }));

    const environment = {
      AWS_ENDPOINT_URL_S3: place.bucket.proxyUrl,
      // Nobody answers there.
      AWS_ENDPOINT_URL_KINESIS: 'http://127.0.0.1:9',
    };
    const from = ['--archive', `s3://${place.bucket.bucket}/delivered`];
    const totals = { records: RECORDS, indexed: EVENTS + 1, dead_letter: POISON, missing: 0, different: 0 };

    const sound = await audit(world, range, from, environment);
    expect(sound, sound.err).toMatchObject({ code: 0, findings: [], report: { accounted: true, unread: 0, totals } });
    for (const row of sound.report?.rows ?? []) expect(row.found_digest).toBe(row.expected_digest);

    const documents = new Map((await world.hits()).map((hit) => [hit.id, hit]));
    const taken = ['e3', 'e17', 'large'];
    for (const id of taken) await tamper(world, 'DELETE', `${documents.get(id)?.index}/_doc/${id}`);
    const short = await audit(world, range, from, environment);
    expect(short.findings.map(({ verdict, id }) => `${verdict} ${id}`).sort()).toEqual(
      taken.map((id) => `missing ${id}`).sort(),
    );
    expect(short.code, short.err).toBe(1);

    // All of it, and the indices made anew: so much is brought back.
    for (const index of new Set([...documents.values()].map((hit) => hit.index))) {
      await tamper(world, 'DELETE', index);
      await tamper(world, 'PUT', index);
    }
    const repaired = await audit(world, range, [...from, '--repair'], environment);
    expect(repaired.report?.repair).toEqual({
      records: EVENTS + 1,
      indexed: EVENTS + 1,
      duplicate: 0,
      dead_letter: 0,
      left: 0,
    });
    expect(repaired.code, repaired.err).toBe(0);
    const after = new Map((await world.hits()).map((hit) => [hit.id, hit]));
    documents.delete('later');
    for (const [id, { source }] of documents) expect(after.get(id)?.source).toEqual(source);

    // What was copied elsewhere, as a tree of files.
    for (const { key, bytes } of await objectsIn(place.bucket)) {
      const path = join(world.folder, 'copied', key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
    const copied = await audit(world, range, ['--archive', `file:${join(world.folder, 'copied')}`], environment);
    expect(copied, copied.err).toMatchObject({ code: 0, findings: [], report: { unread: 0, totals } });
    expect(copied.report?.rows).toEqual(sound.report?.rows);

    const nowhere = await audit(world, range, ['--archive', `s3://${place.bucket.bucket}/deliverd`], environment);
    expect(nowhere).toMatchObject({ code: 2, report: undefined });
    expect(nowhere.err).toMatch(/there is no object that was delivered since .*SHARDLINE_USAGE/s);
  });
});
