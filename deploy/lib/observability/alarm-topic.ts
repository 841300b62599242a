import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { argue } from '../rights/because.ts';

export interface AlarmTopicProps {
  readonly name: string;
  readonly email: string | undefined;
}

/** Where the alarms of one account go. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { name, email }: AlarmTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { topicName: name, enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    argue(
      this.topic,
      'AwsSolutions-SNS2',
      'An alarm holds names and numbers, no events; CloudWatch cannot publish with the key that AWS manages for SNS.',
    );
    if (email !== undefined) this.topic.addSubscription(new EmailSubscription(email));
  }
}
