import { Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface JobEndsProps {
  readonly name: string;
  /** Names of jobs of Glue. */
  readonly jobs: readonly string[];
  readonly topic: Topic;
}

/** Tells a topic when a run of a job on Glue fails ("Automating AWS Glue with EventBridge", Glue developer guide). */
export class JobEnds extends Construct {
  constructor(scope: Construct, id: string, { name, jobs, topic }: JobEndsProps) {
    super(scope, id);
    const rule = new CfnRule(this, 'Rule', {
      name,
      description: 'Runs of the Spark jobs that failed',
      eventPattern: {
        source: ['aws.glue'],
        'detail-type': ['Glue Job State Change'],
        detail: { jobName: [...jobs], state: ['FAILED', 'TIMEOUT', 'ERROR'] },
      },
      targets: [
        {
          id: 'topic',
          arn: topic.topicArn,
          inputTransformer: {
            inputPathsMap: { job: '$.detail.jobName', state: '$.detail.state', why: '$.detail.message' },
            inputTemplate: '"A run of the Spark job <job> ended: <state>. <why> docs/spark-deploy.md"',
          },
        },
      ],
    });
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'EndsOfJobs',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          ArnEquals: {
            'aws:SourceArn': Stack.of(this).formatArn({ service: 'events', resource: 'rule', resourceName: name }),
          },
        },
      }),
    );
    rule.node.addDependency(topic);
  }
}
