import { type Dashboard, OURS } from './dashboard.ts';

const ONE = 'by (job, stream, shard)';

export const shards: Dashboard = {
  name: 'shards',
  title: 'Shardline / Shards',
  description: 'Every shard by itself: how far behind it is, whether it moves, how long it may stand.',
  panels: [
    {
      title: 'Shards, the furthest behind first',
      description: 'Who holds a shard, and what it waits for, is on the status page of any worker.',
      kind: 'table',
      unit: 's',
      queries: [
        [`max ${ONE} (shardline_lag_seconds{${OURS}})`, 'lag'],
        [`max ${ONE} (shardline_checkpoint_age_seconds{${OURS}})`, 'checkpoint age'],
        [`min ${ONE} (shardline_retention_remaining_seconds{${OURS}})`, 'until records are lost'],
      ],
    },
    {
      title: 'Lag',
      description: 'A line that rises by a second a second is a shard that stands still.',
      unit: 's',
      redFrom: 300,
      queries: [[`topk(20, max ${ONE} (shardline_lag_seconds{${OURS}}))`, '{{stream}} {{shard}}']],
    },
    {
      title: 'Records read',
      description: 'One line far above the others is a hot shard: the partition keys are spread badly.',
      unit: 'cps',
      queries: [
        [
          `topk(20, sum ${ONE} (rate(shardline_records_read_total{${OURS}}[$__rate_interval])))`,
          '{{stream}} {{shard}}',
        ],
      ],
    },
    {
      title: 'Checkpoint age',
      description: 'About checkpoint.interval on a busy shard; what a worker that takes over would read again.',
      unit: 's',
      redFrom: 300,
      queries: [[`topk(20, max ${ONE} (shardline_checkpoint_age_seconds{${OURS}}))`, '{{stream}} {{shard}}']],
    },
    {
      title: 'Until records are lost',
      description: 'The retention of the stream less the lag. Below zero records are being lost.',
      unit: 's',
      redBelow: 14_400,
      queries: [[`bottomk(20, min ${ONE} (shardline_retention_remaining_seconds{${OURS}}))`, '{{stream}} {{shard}}']],
    },
  ],
};
