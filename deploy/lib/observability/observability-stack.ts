import { Stack } from 'aws-cdk-lib';
import type { Alarm, IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type Environment, nameOf } from '../environment/environment.ts';
import { stackProps } from '../environment/stack-props.ts';
import type { JobsStack } from '../jobs/jobs-stack.ts';
import { runsWorkers } from '../service/service-stack.ts';
import type { StreamStack } from '../stream/stream-stack.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { raise } from './condition.ts';
import { ofFirehose, ofFunction, ofLetters, ofWorkers } from './conditions.ts';
import { ofEmr, ofGlue, ofJob } from './job-conditions.ts';
import { JobEnds } from './job-ends.ts';
import { WorkerDashboard } from './worker-dashboard.ts';

export interface ObservedParts {
  readonly stream: StreamStack;
  /** The variant without servers, where it is there. */
  readonly managed?:
    | { readonly lambda: IFunction; readonly failed: IMetric; readonly deliveryStreamName: string }
    | undefined;
  /** The Spark jobs, where they are there. */
  readonly jobs?: Pick<JobsStack, 'glue' | 'emr'> | undefined;
}

/** Alarms that go to a topic, and a dashboard. */
export class ObservabilityStack extends Stack {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, environment: Environment, { stream, managed, jobs }: ObservedParts) {
    super(scope, 'observability', stackProps(environment, 'observability', 'alarms and a dashboard'));
    const { alarms: wanted } = environment.settings;
    const name = nameOf(environment);
    const application = runsWorkers(environment) ? name : undefined;
    const { topic } = new AlarmTopic(this, 'Topic', { name: nameOf(environment, 'alarms'), email: wanted.email });
    const glueJobs = jobs?.glue ? environment.settings.jobs.names.map((job) => nameOf(environment, `jobs-${job}`)) : [];
    if (glueJobs.length > 0)
      new JobEnds(this, 'JobEnds', { name: nameOf(environment, 'job-ends'), jobs: glueJobs, topic });
    const conditions = [
      ...(application === undefined ? [] : ofWorkers(application, wanted.lag_seconds)),
      ...ofLetters(stream.letters.queue, stream.letters.failed),
      ...(stream.archive ? ofFirehose('archive', nameOf(environment, 'archive'), 'DeliveryToS3') : []),
      ...(managed
        ? [
            ...ofFirehose('managed', managed.deliveryStreamName, 'DeliveryToAmazonOpenSearchService'),
            ...ofFunction('transform', managed.lambda, managed.failed),
          ]
        : []),
      ...(jobs ? environment.settings.jobs.names.flatMap((job) => ofJob(name, job)) : []),
      ...glueJobs.flatMap(ofGlue),
      ...(jobs?.emr ? ofEmr(jobs.emr.application.attrApplicationId, environment.settings.jobs.names.length) : []),
    ];
    this.alarms = raise(this, name, conditions, new SnsAction(topic));
    new WorkerDashboard(this, 'Overview', {
      name,
      application,
      letters: stream.letters.queue,
      alarms: this.alarms,
    });
  }
}
