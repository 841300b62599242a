import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';

/** A metric of the service in CloudWatch, as `metrics.emf` makes it (docs/metrics.md), by the minute. */
export const workerMetric = (
  application: string,
  metricName: string,
  statistic: 'Maximum' | 'Minimum' | 'Sum',
): Metric =>
  new Metric({
    namespace: 'Shardline',
    metricName,
    dimensionsMap: { Application: application },
    statistic,
    period: Duration.minutes(1),
  });
