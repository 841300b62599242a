import { type Dashboard, OURS } from './dashboard.ts';

export const fleet: Dashboard = {
  name: 'fleet',
  title: 'Shardline / Fleet',
  description: 'The workers: who holds how much, what it costs, whether they are well.',
  panels: [
    {
      title: 'Workers by version',
      description: 'Two versions at once only during a deploy.',
      unit: 'short',
      stacked: true,
      queries: [[`count by (job, version) (shardline_build_info{${OURS}})`, '{{job}} {{version}}']],
    },
    {
      title: 'Workers, and how many there should be',
      description: 'The status page says why.',
      unit: 'short',
      queries: [
        [`count by (job) (shardline_build_info{${OURS}})`, '{{job}} there'],
        [`max by (job) (shardline_desired_workers{${OURS}})`, '{{job}} desired'],
      ],
    },
    {
      title: 'Shards by state',
      description: 'waiting: for their parents to be read to the end.',
      unit: 'short',
      queries: [[`max by (job, state) (shardline_shards{${OURS}})`, '{{job}} {{state}}']],
    },
    {
      title: 'Leases held',
      description: 'Even to within one, moments after a worker came or went.',
      unit: 'short',
      stacked: true,
      queries: [[`shardline_leases_held{${OURS}}`, '{{instance}}']],
    },
    {
      title: 'What happens to leases',
      description: 'expired and renew-failed: workers die, freeze, or do not reach DynamoDB.',
      unit: 'short',
      queries: [
        [`sum by (event) (increase(shardline_lease_events_total{${OURS}}[$__rate_interval])) > 0`, '{{event}}'],
      ],
    },
    {
      title: 'Requests to the lease table',
      description: 'DynamoDB bills them.',
      unit: 'reqps',
      stacked: true,
      queries: [
        [`sum by (op) (rate(shardline_lease_writes_total{${OURS}}[$__rate_interval]))`, 'write: {{op}}'],
        [`sum by (op) (rate(shardline_lease_reads_total{${OURS}}[$__rate_interval]))`, 'read: {{op}}'],
      ],
    },
    {
      title: 'Memory budget in use',
      description: 'At 100 % readers wait for OpenSearch.',
      unit: 'percentunit',
      redFrom: 0.8,
      queries: [[`shardline_buffer_bytes{${OURS}} / shardline_memory_budget_bytes{${OURS}}`, '{{instance}}']],
    },
    {
      title: 'Memory',
      description: 'More than 160 MiB beyond the budget: close to the limit of a container of the recommended size.',
      unit: 'bytes',
      queries: [
        [
          `process_resident_memory_bytes{${OURS}} and on (namespace, job, instance) shardline_build_info`,
          '{{instance}}',
        ],
        [`max by (job) (shardline_memory_budget_bytes{${OURS}})`, '{{job}} budget'],
      ],
    },
    {
      title: 'Processor',
      description: 'One core is the most that a worker can use for its main work.',
      unit: 'percentunit',
      queries: [
        [
          `rate(process_cpu_seconds_total{${OURS}}[$__rate_interval]) and on (namespace, job, instance) shardline_build_info`,
          '{{instance}}',
        ],
      ],
    },
    {
      title: 'Longest hold-up of the event loop',
      description:
        'Since the scrape before. Seconds of it endanger leases: a transform that is too slow, or no processor time.',
      unit: 's',
      redFrom: 1,
      queries: [[`shardline_loop_lag_seconds{${OURS}}`, '{{instance}}']],
    },
  ],
};
