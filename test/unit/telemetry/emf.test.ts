import { describe, expect, it } from 'vitest';
import { emfDocuments, type Series } from '../../../src/telemetry/emf.ts';
import { EMF_METRICS } from '../../../src/telemetry/emf-metrics.ts';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts';
import { EMF_MOST_BYTES, emfDocument } from '../../support/emf-schema.ts';
import { everyMetric } from '../../support/every-metric.ts';

const AT = Date.UTC(2026, 0, 2);

const withMetrics = async (work: (metrics: Metrics, next: () => Promise<Record<string, unknown>>) => Promise<void>) => {
  const metrics = createMetrics({ stream: 'plays', version: '1' });
  const document = emfDocuments('plays');
  try {
    await work(metrics, async () => {
      const text = document(await metrics.reading(), AT);
      expect(Buffer.byteLength(text)).toBeLessThan(EMF_MOST_BYTES);
      return emfDocument.parse(JSON.parse(text));
    });
  } finally {
    metrics.close();
  }
};

describe('metrics for CloudWatch', () => {
  it('are made of metrics, labels and values that there are', async () => {
    const text = await everyMetric();
    for (const { name, from, of, where } of EMF_METRICS) {
      for (const source of of === undefined ? [from] : [from, of]) expect(text, name).toContain(`# TYPE ${source} `);
      if (where) expect(text, name).toMatch(new RegExp(`^${from}\\{[^}]*${where.label}="`, 'm'));
    }
    expect(new Set(EMF_METRICS.map(({ name }) => name)).size).toBe(EMF_METRICS.length);
    expect(EMF_METRICS.length).toBeLessThanOrEqual(100);
  });

  it('are one document: the largest lag, the least retention, sums of counts', () =>
    withMetrics(async (metrics, next) => {
      metrics.lag('a', 3);
      metrics.lag('b', 7);
      metrics.retentionRemaining('a', 50);
      metrics.retentionRemaining('b', 40);
      metrics.recordsRead('a', 5);
      metrics.recordsRead('b', 6);
      metrics.shards({ owned: 2, unowned: 1, waiting: 0, finished: 9 });
      metrics.bulk('ok', 1);
      metrics.bulk('retry', 1);
      metrics.bulk('hold', 1);
      metrics.bufferBytes(25);
      metrics.memoryBudget(100);
      metrics.desiredWorkers(4);
      metrics.deadLetter('decode-json', 2);
      metrics.deadLetter('id-conflict', 1);
      expect(await next()).toMatchObject({
        _aws: { Timestamp: AT, CloudWatchMetrics: [{ Namespace: 'Shardline', Dimensions: [['Application']] }] },
        Application: 'plays',
        Lag: 7,
        RetentionRemaining: 40,
        RecordsRead: 11,
        ShardsOwned: 2,
        ShardsUnowned: 1,
        ShardsWaiting: 0,
        BulkRequestsTaken: 1,
        BulkRequestsNotTaken: 2,
        MemoryBudgetUsed: 25,
        DesiredWorkers: 4,
        DeadLetters: 3,
        ResidentMemory: expect.any(Number),
      });
    }));

  it('count what was added since the document before, also of a shard that went and came back', () =>
    withMetrics(async (metrics, next) => {
      metrics.indexed(10);
      metrics.recordsRead('a', 10);
      expect(await next()).toMatchObject({ DocumentsIndexed: 10, RecordsRead: 10 });
      expect(await next()).toMatchObject({ DocumentsIndexed: 0, RecordsRead: 0 });
      metrics.indexed(1);
      metrics.forgetShard('a');
      metrics.recordsRead('a', 4);
      expect(await next()).toMatchObject({ DocumentsIndexed: 1, RecordsRead: 4 });
    }));

  it('leave out what there is nothing to say of', () =>
    withMetrics(async (_, next) => {
      const document = await next();
      for (const name of ['Lag', 'RetentionRemaining', 'DesiredWorkers', 'ShardsUnowned'])
        expect(document).not.toHaveProperty(name);
      expect(document).toMatchObject({ LeasesHeld: 0, DeadLetters: 0, BulkRequestsTaken: 0 });
    }));

  it('never hold what is no number', () => {
    const series: readonly Series[] = [{ labels: {}, value: Number.NaN }];
    const text = emfDocuments('plays')(new Map([['shardline_lag_seconds', series]]), AT);
    expect(emfDocument.parse(JSON.parse(text))).not.toHaveProperty('Lag');
  });

  it('would be refused by the schema with a fault', () => {
    const text = emfDocuments('plays')(new Map(), AT);
    expect(emfDocument.safeParse(JSON.parse(text)).success).toBe(true);
    for (const [good, bad] of [
      ['"Application":"plays"', '"Application":1'],
      ['"RecordsRead":0', '"RecordsRead":"0"'],
      ['"Unit":"Count"', '"Unit":"Pieces"'],
      ['"Namespace":"Shardline"', '"Namespace":"AWS/Shardline"'],
      [`"Timestamp":${AT}`, '"Timestamp":1.5'],
    ] as const) {
      expect(text).toContain(good);
      expect(emfDocument.safeParse(JSON.parse(text.replace(good, bad))).success, bad).toBe(false);
    }
  });
});
