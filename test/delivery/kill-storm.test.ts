import { expect, it } from 'vitest';
import { bucketPlace, queuePlace } from '../support/letter-places.ts';
import { killStorm } from '../support/storm.ts';

it('a storm of kills, stops, freezes and poison loses and doubles nothing', { timeout: 720_000 }, async () => {
  await using queue = await queuePlace();
  await using bucket = await bucketPlace();
  const seed = Date.now() % 1_000_000;
  const begun = performance.now();
  const say = (line: string) =>
    process.stderr.write(`storm ${seed}, ${Math.round((performance.now() - begun) / 1_000)} s: ${line}\n`);
  const size = { workers: 3, shards: 4, events: 50_000, faults: 20, everyMs: 5_000 };
  const report = await killStorm({ seed, ...size, places: [queue, bucket], say });
  expect(report.faults).toHaveLength(20);
});
