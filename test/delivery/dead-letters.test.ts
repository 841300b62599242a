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

const MIB = 1_048_576;

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

  it('fill no more than the budget while their target swallows every request; SIGTERM still exits 0, none is lost', {
    timeout: 240_000,
  }, async () => {
    await using place = await bucketPlace();
    // Of a shard two megabytes a second can be read, no more.
    await using world = await rig({ shards: 4 });
    const count = 1_600;
    const padding = 'x'.repeat(50_000);
    // Four of ten records are poison: 32 MB, for a budget of 16 MiB.
    const records = Array.from({ length: count }, (_, n) => (n % 10 < 4 ? `poison ${n} ${padding}` : event(`e${n}`)));

    place.fault('silence');
    const environment = { ...place.environment, SHARDLINE_MEMORY_BUDGET: '16MiB', SHARDLINE_SHUTDOWN_TIMEOUT: '10s' };
    const first = world.worker(environment);
    await until(async () => (await first.readiness()).text.includes('dead-letters'), 30_000);
    const idleBytes = first.rssBytes();
    await world.put(records);
    await until(async () => (await first.metric('shardline_buffer_bytes')) > 8 * MIB, 30_000);
    let quietChecks = 0;
    let read = 0;
    await until(
      async () => {
        const now = await first.metric('shardline_records_read_total');
        quietChecks = now === read ? quietChecks + 1 : 0;
        read = now;
        return quietChecks > 20;
      },
      30_000,
      100,
    );
    expect(read).toBeLessThan(count);
    expect(await first.metric('shardline_buffer_bytes')).toBeLessThan(32 * MIB);
    expect(first.rssBytes()).toBeLessThan(idleBytes + 150 * MIB);
    first.child.signal('SIGTERM');
    expect(await first.child.ended).toBe('exit code 0');
    expect(await place.read()).toEqual([]);

    place.fault();
    const second = world.worker(environment);
    await until(async () => (await second.metric('shardline_dead_letters_total')) >= count * 0.4, 60_000, 200);
    await until(async () => (await world.count()) === count * 0.6, 30_000, 200);
    const ids = (await place.read()).map((text) => String(JSON.parse(text).letter_id));
    expect(new Set(ids).size).toBe(count * 0.4);
    second.child.signal('SIGTERM');
    expect(await second.child.ended).toBe('exit code 0');
  });
});
