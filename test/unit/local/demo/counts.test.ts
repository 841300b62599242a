import { expect, test } from 'vitest';
import { accountedFor, parseCounts, summaryLine } from '../../../../src/local/demo/counts.ts';
import { createMetrics } from '../../../../src/telemetry/metrics.ts';

test('the counts are read from what the worker’s metrics really look like', async () => {
  const metrics = createMetrics({ stream: 'music-events', version: '0' });
  expect(parseCounts(await metrics.text())).toEqual({ indexed: 0, duplicates: 0, letters: {}, lagSeconds: 0 });
  metrics.indexed(12_345);
  metrics.duplicate(6);
  metrics.deadLetter('decode-json', 2);
  metrics.deadLetter('transform-invalid', 1);
  metrics.lag('shardId-000000000000', 1.25);
  metrics.lag('shardId-000000000001', 3.5);
  const counts = parseCounts(await metrics.text());
  metrics.close();
  expect(counts).toEqual({
    indexed: 12_345,
    duplicates: 6,
    letters: { 'decode-json': 2, 'transform-invalid': 1 },
    lagSeconds: 3.5,
  });
  expect(accountedFor(counts)).toBe(12_354);
  expect(summaryLine(12_400, counts)).toBe('produced 12400, indexed 12345, duplicates 6, dead letters 3, lag 3.5 s');
});
