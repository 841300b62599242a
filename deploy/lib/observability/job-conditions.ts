import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Condition } from './condition.ts';

const PAGE = 'docs/spark-deploy.md';

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
