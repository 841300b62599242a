import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Condition } from './condition.ts';

const PAGE = 'docs/spark-deploy.md';

/** As monitoring/spark-rules.yml has it for Prometheus. */
const STUCK_SECONDS = 900;
const BEHIND_SECONDS = 600;

/** What a job tells of itself, with `--METRICS_EMF stdout` (docs/spark-jobs.md): it is stuck, or behind. */
export const ofJob = (application: string, job: string): readonly Condition[] => {
  const metric = (metricName: string) =>
    new Metric({
      namespace: 'Shardline',
      metricName,
      dimensionsMap: { Application: application, Job: job },
      statistic: 'Maximum',
      period: Duration.minutes(5),
    });
  return [
    {
      id: `job-${job}-stuck`,
      says: `For a quarter of an hour a query of ${job} has finished no micro-batch. ShardlineSparkStuck in docs/spark-jobs.md`,
      metric: metric('ProgressAge'),
      is: { atLeast: STUCK_SECONDS },
      periods: 1,
    },
    {
      id: `job-${job}-behind`,
      says: `For a quarter of an hour the events that ${job} reads have been old. ShardlineSparkBehind in docs/spark-jobs.md`,
      metric: metric('EventLag'),
      is: { atLeast: BEHIND_SECONDS },
      periods: 3,
    },
  ];
};

/**
 * A job on Glue that does nothing, or does not run. Of a Kinesis stream each trigger reads every shard, also for nothing, so
 * tasks end all the time ("AWS Glue metrics", Glue developer guide; they are sent while tasks end).
 */
export const ofGlue = (job: string): readonly Condition[] => [
  {
    id: `${job.replace(/^.*-jobs-/, 'job-')}-idle`,
    says: `For half an hour the job ${job} has done nothing: it does not run, or stands still. ${PAGE}`,
    metric: new Metric({
      namespace: 'Glue',
      metricName: 'glue.driver.aggregate.numCompletedTasks',
      dimensionsMap: { JobName: job, JobRunId: 'ALL', Type: 'count' },
      statistic: 'Sum',
      period: Duration.minutes(5),
    }),
    is: { below: 1 },
    periods: 6,
    missingIsBad: true,
  },
];

/** Jobs on EMR Serverless that do not run, or fail ("Monitoring EMR Serverless applications and jobs", its user guide). */
export const ofEmr = (applicationId: string, jobs: number): readonly Condition[] => {
  const metric = (metricName: string, statistic: string) =>
    new Metric({
      namespace: 'AWS/EMRServerless',
      metricName,
      dimensionsMap: { ApplicationId: applicationId },
      statistic,
      period: Duration.minutes(5),
    });
  return [
    {
      id: 'jobs-running',
      says: `For a quarter of an hour fewer Spark jobs have run than there should: start what is missing. ${PAGE}`,
      metric: metric('RunningJobs', 'Minimum'),
      is: { below: jobs },
      periods: 3,
      missingIsBad: true,
    },
    {
      id: 'jobs-failed',
      says: `EMR Serverless has given up a Spark job: its log says why. ${PAGE}`,
      metric: metric('FailedJobs', 'Maximum'),
      is: { atLeast: 1 },
      periods: 1,
    },
  ];
};
