import { type Dashboard, OURS } from './dashboard.ts';

export const sink: Dashboard = {
  name: 'sink',
  title: 'Shardline / Sink',
  description: 'How OpenSearch takes what it is sent.',
  panels: [
    {
      title: 'Bulk requests by outcome',
      description: 'Only ok and partial move anything; docs/metrics.md explains the others.',
      unit: 'reqps',
      stacked: true,
      queries: [[`sum by (outcome) (rate(shardline_bulk_requests_total{${OURS}}[$__rate_interval]))`, '{{outcome}}']],
    },
    {
      title: 'Duration of bulk requests',
      description: 'Rising with as many requests under way: OpenSearch is getting slower.',
      unit: 's',
      queries: [
        ...[0.5, 0.95, 0.99].map(
          (share) =>
            [
              `histogram_quantile(${share}, sum by (le) (rate(shardline_bulk_duration_seconds_bucket{${OURS}}[$__rate_interval])))`,
              `${share * 100} %`,
            ] as const,
        ),
        [
          `sum(rate(shardline_bulk_duration_seconds_sum{${OURS}}[$__rate_interval])) / sum(rate(shardline_bulk_duration_seconds_count{${OURS}}[$__rate_interval]))`,
          'mean',
        ],
      ],
    },
    {
      title: 'Requests under way, and how many may be',
      description: 'At the limit for long: OpenSearch is the bottleneck. The limit falls where more are not faster.',
      unit: 'short',
      queries: [
        [`sum by (job) (shardline_bulk_requests_in_flight{${OURS}})`, '{{job}} under way'],
        [`sum by (job) (shardline_bulk_slots{${OURS}})`, '{{job}} allowed'],
      ],
    },
    {
      title: 'Size that a request may have',
      description: 'Below opensearch.bulk_bytes it was learnt from refusals (413, 429).',
      unit: 'bytes',
      queries: [[`min by (job) (shardline_bulk_request_limit_bytes{${OURS}})`, '{{job}}']],
    },
    {
      title: 'Documents sent again',
      description: 'In requests that failed whole, or refused one by one (429, 5xx).',
      unit: 'cps',
      queries: [[`sum by (job) (rate(shardline_documents_resent_total{${OURS}}[$__rate_interval]))`, '{{job}}']],
    },
    {
      title: 'Indices that take nothing',
      description: 'Blocked, closed, or without a primary shard; the status page tells why.',
      unit: 'short',
      redFrom: 1,
      queries: [[`max by (job) (shardline_sick_indices{${OURS}})`, '{{job}}']],
    },
  ],
};
