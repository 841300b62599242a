import { expect, it } from 'vitest';
import { bucketPlace, queuePlace } from '../support/letter-places.ts';
import { killStorm } from '../support/storm.ts';

const MINUTE_MS = 60_000;
const minutes = Number(process.env.SHARDLINE_SOAK_MINUTES ?? 60);
const firstSeed = Number(process.env.SHARDLINE_SOAK_SEED ?? Date.now() % 1_000_000);

it(`storms for ${minutes} minutes, each with its own seed, lose and double nothing`, {
  timeout: (minutes + 15) * MINUTE_MS,
}, async () => {
  const untilMs = performance.now() + minutes * MINUTE_MS;
  let faults = 0;
  let documents = 0;
  for (let seed = firstSeed; performance.now() < untilMs; seed += 1) {
    const say = (line: string) => process.stderr.write(`storm ${seed}, ${line}\n`);
    await using queue = await queuePlace();
    await using bucket = await bucketPlace();
    const size = { workers: 3, shards: 4, events: 50_000, faults: 40, everyMs: 5_000 };
    const report = await killStorm({ seed, ...size, places: [queue, bucket], say });
    faults += report.faults.length;
    documents += report.documents;
    say(
      `over: ${report.documents} documents, each once with version 1; so far ${faults} faults, ${documents} documents`,
    );
  }
  expect(faults).toBeGreaterThan(0);
});
