import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { audit, spooled } from '../support/audit.ts';
import { event } from '../support/event.ts';
import { type BucketPlace, bucketPlace } from '../support/letter-places.ts';
import { rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const EVENTS = 40;
const POISON = 5;

const loseLetters = async ({ direct, bucket, keys }: BucketPlace) => {
  const Objects = (await keys()).map((Key) => ({ Key }));
  await direct.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
};

describe('an audit with dead letters in S3', () => {
  it('counts them, also beside those of a folder; misses those that are lost, and has them written again', async () => {
    await using world = await rig({ shards: 1, madeAgoMs: 10 * MINUTE_MS });
    await using place = await bucketPlace();
    const range = { fromMs: Date.now() - 11 * MINUTE_MS, toMs: Date.now() - 2 * MINUTE_MS };
    const poison = Array.from({ length: POISON }, (_, n) => `poison ${n}`);
    await world.putAgo(9 * MINUTE_MS, [...Array.from({ length: EVENTS }, (_, n) => event(`e${n}`)), ...poison]);
    const worker = world.worker(place.environment);
    await until(async () => (await place.read()).length === POISON && (await world.count()) === EVENTS, 60_000, 200);
    worker.child.signal('SIGTERM');
    expect(await worker.child.ended).toBe('exit code 0');
    const letters = await place.read();
    const totals = { records: EVENTS + POISON, indexed: EVENTS, dead_letter: POISON, missing: 0 };

    const sound = await audit(world, range, [], place.environment);
    expect(sound, sound.err).toMatchObject({ code: 0, findings: [], report: { accounted: true, totals } });

    await loseLetters(place);
    const both = [
      '--letters',
      spooled(world, [...letters.slice(0, 2), '{"no": "letter"}']),
      '--letters',
      `s3://${place.bucket}/some/where`,
    ];
    const repaired = await audit(world, range, [...both, '--repair'], place.environment);
    expect(repaired.findings.map(({ verdict, why }) => `${verdict}: ${why}`)).toEqual(
      Array.from({ length: 3 }, () => 'missing: it should be a dead letter (decode-json), and there is none'),
    );
    expect(repaired.report).toMatchObject({ accounted: true, totals: { dead_letter: 2, missing: 3 } });
    expect(repaired.report?.notes).toEqual([
      expect.stringMatching(/^lines among the dead letters that cannot be read.*: 1 /),
    ]);
    expect(repaired.report?.repair).toEqual({ records: 3, indexed: 0, duplicate: 0, dead_letter: 3, left: 0 });
    expect(repaired.code, repaired.err).toBe(0);

    const again = await audit(world, range, both, place.environment);
    expect(again, again.err).toMatchObject({ code: 0, findings: [], report: { totals } });
  });

  it('asks where the letters of a queue were put, for they cannot be read there without being used up', async () => {
    await using world = await rig({ shards: 1 });
    const queue = {
      SHARDLINE_DEAD_LETTER_TO: 'https://sqs.us-east-1.amazonaws.com/123456789012/letters',
      SHARDLINE_DEAD_LETTER_LARGE_TO: 's3://some-bucket/large',
    };
    const range = { fromMs: Date.now() - 2 * MINUTE_MS, toMs: Date.now() - MINUTE_MS };
    const refused = await audit(world, range, [], queue);
    expect(refused).toMatchObject({ code: 2, report: undefined });
    expect(refused.err).toMatch(/dead_letter.to is a queue.*--letters.*SHARDLINE_USAGE/s);
  });
});
