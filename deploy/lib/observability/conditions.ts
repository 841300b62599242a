import { Duration } from 'aws-cdk-lib';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { workerMetric } from '../service/metrics.ts';
import { type Condition, whenever } from './condition.ts';

const RUNBOOKS = 'docs/runbooks';
const LEAST_RETENTION_SECONDS = 4 * 3600;
const OLDEST_LETTER_SECONDS = 30 * 60;
/** A Lambda function that Firehose calls may take five minutes ("Transform source data", Firehose developer guide). */
const LONG_CALL_MS = 4 * 60_000;

const runbook = (alert: string): string => `${RUNBOOKS}/${alert}.md`;

/** What the workers say of themselves, by `metrics.emf`. As in monitoring/rules.yml, where a metric for it is there. */
export const ofWorkers = (application: string, lagSeconds: number): readonly Condition[] => {
  const metric = (name: string, statistic: 'Maximum' | 'Minimum' | 'Sum') => workerMetric(application, name, statistic);
  const lag = metric('Lag', 'Maximum');
  return [
    {
      id: 'lag',
      says: `For a quarter of an hour a shard has been more than ${lagSeconds} s behind. ${runbook('ShardlineLagGrowing')}`,
      metric: lag,
      is: { atLeast: lagSeconds },
      periods: 15,
    },
    {
      id: 'no-progress',
      says: `A shard's lag grows as fast as the clock: it stands still. ${runbook('ShardlineNoProgress')}`,
      metric: whenever(`lag > ${lagSeconds} AND RATE(lag) > 0.9`, { lag }),
      is: { atLeast: 1 },
      periods: 10,
    },
    {
      id: 'no-workers',
      // Nor has anybody a lag then, and without the lease table nobody knows what is unowned.
      says: `No worker has told anything, or none has worked on any shard, for five minutes. ${runbook('ShardlineNoWorkers')}, ${runbook('ShardlineNothingHeld')}`,
      metric: metric('LeasesHeld', 'Maximum'),
      is: { below: 1 },
      periods: 5,
      missingIsBad: true,
    },
    {
      id: 'shards-unowned',
      says: `Nobody has worked on a shard for five minutes, as all workers see it. ${runbook('ShardlineShardsUnowned')}`,
      metric: metric('ShardsUnowned', 'Minimum'),
      is: { atLeast: 1 },
      periods: 5,
    },
    {
      id: 'retention',
      says: `In less than four hours records are lost. ${runbook('ShardlineRetentionRunningOut')}`,
      metric: metric('RetentionRemaining', 'Minimum'),
      is: { below: LEAST_RETENTION_SECONDS },
      periods: 5,
    },
    {
      id: 'dead-letters',
      says: `Dead letters were written. ${runbook('ShardlineDeadLetters')}`,
      metric: metric('DeadLetters', 'Sum'),
      is: { atLeast: 1 },
      periods: 1,
    },
    {
      id: 'refused',
      says: `OpenSearch has refused more than a tenth of the documents for a quarter of an hour (429, 5xx). ${runbook('ShardlineNothingIndexed')}`,
      metric: whenever('again > 0.1 * (again + taken)', {
        again: metric('DocumentsResent', 'Sum'),
        taken: metric('DocumentsIndexed', 'Sum'),
      }),
      is: { atLeast: 1 },
      periods: 15,
    },
    {
      id: 'sick-indices',
      says: `An index takes no documents while others do. ${runbook('ShardlineSickIndices')}`,
      metric: metric('SickIndices', 'Maximum'),
      is: { atLeast: 1 },
      periods: 5,
    },
  ];
};

/** Letters that nobody has looked at, and those that a redrive could not handle. */
export const ofLetters = (queue: IQueue, failed: IQueue): readonly Condition[] => [
  {
    id: 'letters-waiting',
    says: `Dead letters wait in the queue: docs/redrive.md, ${runbook('ShardlineDeadLetters')}`,
    metric: queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' }),
    is: { atLeast: 1 },
    periods: 1,
  },
  {
    id: 'letters-old',
    says: 'A dead letter has waited for more than half an hour; after 14 days it is gone: docs/redrive.md',
    metric: queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'Maximum' }),
    is: { atLeast: OLDEST_LETTER_SECONDS },
    periods: 1,
  },
  {
    id: 'letters-failed',
    says: 'A redrive failed three times over a dead letter, which was put aside: docs/redrive.md',
    metric: failed.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' }),
    is: { atLeast: 1 },
    periods: 1,
  },
];

/**
 * A Firehose stream that does not deliver. Its success is the share of its requests that did well; its freshness should not
 * exceed the longest buffering, a quarter of an hour ("Implement best practices with CloudWatch Alarms", Firehose
 * developer guide).
 */
export const ofFirehose = (
  id: string,
  deliveryStreamName: string,
  to: 'DeliveryToS3' | 'DeliveryToAmazonOpenSearchService',
): readonly Condition[] => {
  const metric = (name: string, statistic: string) =>
    new Metric({
      namespace: 'AWS/Firehose',
      metricName: `${to}.${name}`,
      dimensionsMap: { DeliveryStreamName: deliveryStreamName },
      statistic,
      period: Duration.minutes(5),
    });
  return [
    {
      id: `${id}-delivery`,
      says: `Firehose fails to deliver what ${deliveryStreamName} takes: its error log says why. docs/archive.md`,
      metric: metric('Success', 'Average'),
      is: { below: 1 },
      periods: 3,
    },
    {
      id: `${id}-freshness`,
      says: `What ${deliveryStreamName} took half an hour ago is not delivered. docs/archive.md`,
      metric: metric('DataFreshness', 'Maximum'),
      is: { atLeast: 1_800 },
      periods: 3,
    },
  ];
};

/** A function that transforms for Firehose; `failed` counts the records that it could not. */
export const ofFunction = (id: string, lambda: IFunction, failed: IMetric): readonly Condition[] => [
  {
    id: `${id}-errors`,
    says: 'The function that transforms for Firehose fails as a whole; what Firehose gives up goes to its bucket. docs/managed.md',
    metric: lambda.metricErrors({ period: Duration.minutes(5), statistic: 'Sum' }),
    is: { atLeast: 1 },
    periods: 3,
  },
  {
    id: `${id}-duration`,
    says: 'The function that transforms for Firehose takes four minutes; Firehose waits for five. docs/managed.md',
    metric: lambda.metricDuration({ period: Duration.minutes(5), statistic: 'Maximum' }),
    is: { atLeast: LONG_CALL_MS },
    periods: 1,
  },
  {
    id: `${id}-failed`,
    says: 'Records failed in the function: they are kept in the bucket, and its log says why. docs/managed.md',
    metric: failed,
    is: { atLeast: 1 },
    periods: 1,
  },
];
