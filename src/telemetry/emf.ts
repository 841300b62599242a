import { EMF_METRICS, type EmfMetric } from './emf-metrics.ts';

/** A series of a metric at one moment. */
export interface Series {
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
  readonly value: number;
}

/** The series of every metric, by its name. */
export type Reading = ReadonlyMap<string, readonly Series[]>;

const NAMESPACE = 'Shardline';

/** The one dimension: a worker or a shard would be billed as a metric of its own, and no alarm could name it. */
const DIMENSION = 'Application';

/**
 * Makes of each reading a document of CloudWatch's embedded metric format ("Specification: Embedded metric format" in the
 * CloudWatch user guide): one line, at most 100 metrics. What has no series, as the lag of a worker without shards, is
 * left out. Counts are those since the document before.
 */
export const emfDocuments = (application: string) => {
  let before: ReadonlyMap<string, number> = new Map();
  return (reading: Reading, atMs: number): string => {
    const counted = new Map<string, number>();
    const values = EMF_METRICS.flatMap((metric) => {
      const value = numberOf(metric, reading, before, counted);
      return value === undefined ? [] : [[metric, value] as const];
    });
    before = counted;
    const directive = {
      Namespace: NAMESPACE,
      Dimensions: [[DIMENSION]],
      Metrics: values.map(([{ name, unit }]) => ({ Name: name, Unit: unit })),
    };
    return JSON.stringify({
      _aws: { Timestamp: atMs, CloudWatchMetrics: [directive] },
      [DIMENSION]: application,
      ...Object.fromEntries(values.map(([{ name }, value]) => [name, value])),
    });
  };
};

const numberOf = (
  { from, where, as, of }: EmfMetric,
  reading: Reading,
  before: ReadonlyMap<string, number>,
  counted: Map<string, number>,
): number | undefined => {
  const all = (reading.get(from) ?? []).filter(({ value }) => Number.isFinite(value));
  const series = where ? all.filter(({ labels }) => where.is.includes(String(labels[where.label]))) : all;
  if (as === 'delta') {
    let sum = 0;
    for (const { labels, value } of series) {
      const key = `${from} ${JSON.stringify(labels)}`;
      counted.set(key, value);
      // A shard that comes back to this worker counts from 0 again.
      const seen = before.get(key) ?? 0;
      sum += value >= seen ? value - seen : value;
    }
    return sum;
  }
  if (series.length === 0) return undefined;
  const values = series.map(({ value }) => value);
  const value = as === 'largest' ? Math.max(...values) : Math.min(...values);
  const whole = of === undefined ? undefined : reading.get(of)?.[0]?.value;
  return whole ? (100 * value) / whole : value;
};
