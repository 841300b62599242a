import { type Dashboard, OURS } from './dashboard.ts';

export const overview: Dashboard = {
  name: 'overview',
  title: 'Shardline / Overview',
  description: 'Whether everything arrives, and how far behind the furthest shard is.',
  panels: [
    {
      title: 'Largest lag',
      description: 'Age of the oldest record, over all shards, that is not delivered.',
      kind: 'stat',
      unit: 's',
      redFrom: 300,
      queries: [[`max(shardline_lag_seconds{${OURS}})`, 'lag']],
    },
    {
      title: 'Until records are lost',
      description: 'When the oldest record that is not delivered leaves the stream, of the shard that is worst off.',
      kind: 'stat',
      unit: 's',
      redBelow: 14_400,
      queries: [[`min(shardline_retention_remaining_seconds{${OURS}})`, 'remaining']],
    },
    {
      title: 'Dead letters, last hour',
      description: 'What could not be indexed and was put aside; docs/dead-letters.md has the reasons.',
      kind: 'stat',
      unit: 'short',
      redFrom: 1,
      queries: [[`sum(increase(shardline_dead_letters_total{${OURS}}[1h]))`, 'letters']],
    },
    {
      title: 'Shards without a worker',
      description: 'For moments after a worker went; for longer, nobody takes them.',
      kind: 'stat',
      unit: 'short',
      redFrom: 1,
      queries: [[`max(shardline_shards{${OURS},state="unowned"})`, 'unowned']],
    },
    {
      title: 'Records and documents',
      description: 'What is read and what becomes of it. Duplicates come with what is read again after a restart.',
      unit: 'cps',
      queries: [
        [`sum(rate(shardline_records_read_total{${OURS}}[$__rate_interval]))`, 'records read'],
        [`sum(rate(shardline_documents_indexed_total{${OURS}}[$__rate_interval]))`, 'indexed'],
        [`sum(rate(shardline_documents_duplicate_total{${OURS}}[$__rate_interval]))`, 'duplicates'],
        [`sum(rate(shardline_documents_stale_total{${OURS}}[$__rate_interval]))`, 'stale'],
        [`sum(rate(shardline_documents_dropped_total{${OURS}}[$__rate_interval]))`, 'dropped by pipelines'],
        [`sum(rate(shardline_archived_records_total{${OURS}}[$__rate_interval]))`, 'archived'],
      ],
    },
    {
      title: 'From arrival to acknowledgement',
      description: 'How old documents are when OpenSearch acknowledges them; high while an outage is made good.',
      unit: 's',
      queries: [0.5, 0.95, 0.99].map((share) => [
        `histogram_quantile(${share}, sum by (le) (rate(shardline_delivery_latency_seconds_bucket{${OURS}}[$__rate_interval])))`,
        `${share * 100} %`,
      ]),
    },
    {
      title: 'Dead letters by reason',
      description: 'docs/dead-letters.md says what each reason asks for.',
      unit: 'short',
      stacked: true,
      queries: [
        [`sum by (reason) (increase(shardline_dead_letters_total{${OURS}}[$__rate_interval])) > 0`, '{{reason}}'],
      ],
    },
    {
      title: 'Lag by stream',
      description: 'Of the shard that is furthest behind.',
      unit: 's',
      redFrom: 300,
      queries: [[`max by (job, stream) (shardline_lag_seconds{${OURS}})`, '{{job}} {{stream}}']],
    },
  ],
};
