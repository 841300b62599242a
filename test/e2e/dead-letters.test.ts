import { describe, expect, inject, it } from 'vitest';
import { s3Client } from '../../src/dead-letter/s3/client.ts';
import { event } from '../support/event.ts';
import {
  ACCOUNT,
  bucketPlace,
  firehosePlace,
  type LetterPlace,
  queuePlace,
  wholeLetters,
} from '../support/letter-places.ts';
import { rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const PLACES: readonly (readonly [string, () => Promise<LetterPlace>])[] = [
  ['a queue', queuePlace],
  ['a bucket', bucketPlace],
  ['a Firehose stream', firehosePlace],
];

describe('dead letters of a worker', () => {
  it.each(PLACES)(
    'to %s hold the checkpoint while it is away, tell so, and are all there afterwards',
    {
      timeout: 120_000,
    },
    async (_, make) => {
      await using place = await make();
      await using world = await rig({ shards: 1 });
      const large = `no JSON ${'x'.repeat(900_000)}`;

      place.fault('outage');
      const first = world.worker(place.environment);
      await world.put([event('a'), 'poison 1', event('b'), large, event('c')]);
      await until(async () => (await world.count()) === 3, 60_000);
      const { text } = await until(async () => {
        const readiness = await first.readiness();
        return readiness.text.includes('dead letters cannot be written') ? readiness : undefined;
      }, 30_000);
      expect(text).toMatch(/dead letters cannot be written: (http|s3|firehose):/);
      await first.child.kill();

      // No checkpoint has passed the letters: whoever comes next writes them.
      place.fault('partial failure');
      const second = world.worker(place.environment);
      await until(async () => (await second.metric('shardline_dead_letters_total')) === 2, 60_000);
      place.fault();
      await until(async () => (await second.readiness()).status === 200, 30_000);
      expect((await world.hits()).map(({ id, version }) => [id, version])).toEqual([
        ['a', 1],
        ['b', 1],
        ['c', 1],
      ]);
      const s3 = s3Client({ ...ACCOUNT, endpoint: inject('motoUrl') });
      const letters = await wholeLetters(s3, await place.read());
      const raws = new Map(
        letters.map(({ letter_id, raw }) => [letter_id, Buffer.from(String(raw), 'base64').toString()]),
      );
      expect([...raws.values()].sort()).toEqual([large, 'poison 1']);
      second.child.signal('SIGTERM');
      expect(await second.child.ended).toBe('exit code 0');
      s3.destroy();
    },
  );
});
