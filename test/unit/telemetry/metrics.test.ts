import { describe, expect, it } from 'vitest';
import { REASONS } from '../../../src/core/reasons.ts';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts';
import { until } from '../../support/until.ts';

const withMetrics = async (work: (metrics: Metrics) => Promise<void>) => {
  const metrics = createMetrics({ stream: 'plays', version: '1.2.3' });
  try {
    await work(metrics);
  } finally {
    metrics.close();
  }
};

const lines = async (metrics: Metrics) => (await metrics.text()).split('\n');

describe('metrics', () => {
  it('counts what it is told', () =>
    withMetrics(async (metrics) => {
      metrics.recordsRead('shard-1', 5);
      metrics.recordsRead('shard-1', 2);
      metrics.indexed(4);
      metrics.duplicate(3);
      metrics.deadLetter('decode-json', 2);
      metrics.bulk('ok', 0.2);
      metrics.bulksInFlight(3);
      for (let i = 0; i < 4; i += 1) metrics.deliveryLatency(0.3);
      metrics.bufferBytes(700);
      metrics.memoryBudget(1_000);
      metrics.leasesHeld(2);
      metrics.leaseEvent('taken');
      metrics.leaseWrite('renew');
      metrics.shards({ owned: 2, unowned: 1, waiting: 4, finished: 3 });
      expect(await lines(metrics)).toEqual(
        expect.arrayContaining([
          'shardline_records_read_total{stream="plays",shard="shard-1"} 7',
          'shardline_documents_indexed_total 4',
          'shardline_documents_duplicate_total 3',
          'shardline_dead_letters_total{reason="decode-json"} 2',
          'shardline_bulk_requests_total{outcome="ok"} 1',
          'shardline_bulk_duration_seconds_bucket{le="0.1"} 0',
          'shardline_bulk_duration_seconds_bucket{le="0.25"} 1',
          'shardline_bulk_requests_in_flight 3',
          'shardline_delivery_latency_seconds_count 4',
          'shardline_buffer_bytes 700',
          'shardline_memory_budget_bytes 1000',
          'shardline_leases_held 2',
          'shardline_lease_events_total{event="taken"} 1',
          'shardline_lease_writes_total{op="renew"} 1',
          'shardline_shards{state="owned"} 2',
          'shardline_shards{state="waiting"} 4',
          `shardline_build_info{version="1.2.3",node="${process.version}"} 1`,
        ]),
      );
    }));

  it('has no series of states of shards that are not known', () =>
    withMetrics(async (metrics) => {
      metrics.shards({ owned: 2, unowned: 0, waiting: 0, finished: 0 });
      metrics.shards(undefined);
      expect((await lines(metrics)).filter((line) => line.startsWith('shardline_shards'))).toEqual([]);
    }));

  it('has every reason of a dead letter at 0 before the first, so that Prometheus sees the first as an increase', () =>
    withMetrics(async (metrics) => {
      const zeros = REASONS.map((reason) => `shardline_dead_letters_total{reason="${reason}"} 0`);
      expect(await lines(metrics)).toEqual(expect.arrayContaining(zeros));
    }));

  it('has no desired number of workers before there is one: 0 would be followed', () =>
    withMetrics(async (metrics) => {
      const series = async () => (await lines(metrics)).filter((line) => line.startsWith('shardline_desired_workers'));
      expect(await series()).toEqual([]);
      metrics.desiredWorkers(3);
      expect(await series()).toEqual(['shardline_desired_workers 3']);
      metrics.desiredWorkers(undefined);
      expect(await series()).toEqual([]);
    }));

  it('lets the series of a shard vanish with its lease, and only those', () =>
    withMetrics(async (metrics) => {
      for (const shard of ['shard-1', 'shard-2']) {
        metrics.recordsRead(shard, 1);
        metrics.lag(shard, 2);
        metrics.checkpointAge(shard, 3);
      }
      metrics.forgetShard('shard-1');
      const left = (await lines(metrics)).filter((line) => line.includes('shard="'));
      expect(left).toEqual([
        'shardline_records_read_total{stream="plays",shard="shard-2"} 1',
        'shardline_lag_seconds{stream="plays",shard="shard-2"} 2',
        'shardline_checkpoint_age_seconds{stream="plays",shard="shard-2"} 3',
      ]);
    }));

  it('sees a held-up event loop', () =>
    withMetrics(async (metrics) => {
      await until(
        async () => {
          const start = performance.now();
          while (performance.now() - start < 120);
          await new Promise((resolve) => setImmediate(resolve));
          const line = (await lines(metrics)).find((each) => each.startsWith('shardline_loop_lag_seconds '));
          return Number(line?.split(' ')[1]) > 0.05;
        },
        10_000,
        60,
      );
    }));

  it('stands beside the metrics of the process and of another registry', () =>
    withMetrics((first) =>
      withMetrics(async (second) => {
        first.indexed(1);
        expect(await lines(second)).toContain('shardline_documents_indexed_total 0');
        expect(await first.text()).toContain('\nprocess_cpu_seconds_total ');
        expect(first.contentType).toContain('text/plain');
      }),
    ));
});
