import { expect, it } from 'vitest';
import { killStorm } from '../support/storm.ts';

it('a storm of kills, stops and freezes loses and doubles nothing', { timeout: 420_000 }, async () => {
  const seed = Date.now() % 1_000_000;
  const say = (line: string) => process.stderr.write(`storm ${seed}, ${line}\n`);
  const report = await killStorm({ seed, workers: 3, shards: 4, events: 50_000, faults: 20, everyMs: 8_000, say });
  expect(report.faults).toHaveLength(20);
});
