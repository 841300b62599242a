import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import {
  AdjustmentType,
  MetricAggregationType,
  ScalableTarget,
  ServiceNamespace,
  StepScalingAction,
} from 'aws-cdk-lib/aws-applicationautoscaling';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { ApplicationScalingAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { type IRole, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { stepsTo } from './steps.ts';

export interface FollowDesiredProps {
  readonly service: FargateService;
  /** The number of workers that there should be, by its largest value in a minute. */
  readonly desired: IMetric;
  readonly min: number;
  readonly max: number;
  readonly name: string;
}

/**
 * Gives a service as many tasks as a metric says. Its alarm is on whenever there is a number at all, and while it is on the
 * policy is invoked again and again ("How step scaling for Application Auto Scaling works"): each time it sets the exact
 * capacity that belongs to the number, so nothing adds up, and what failed is made good a minute later. A policy
 * that tracks `desired / running` at 1 would need a second metric and follows downwards only with a gap of its own; the
 * hysteresis is in the number already. Without a number nothing happens.
 */
export class FollowDesired extends Construct {
  constructor(scope: Construct, id: string, { service, desired, min, max, name }: FollowDesiredProps) {
    super(scope, id);
    const target = new ScalableTarget(this, 'Tasks', {
      serviceNamespace: ServiceNamespace.ECS,
      resourceId: `service/${service.cluster.clusterName}/${service.serviceName}`,
      scalableDimension: 'ecs:service:DesiredCount',
      minCapacity: min,
      maxCapacity: max,
      role: linkedRole(this),
    });
    target.node.addDependency(service);
    const action = new StepScalingAction(this, 'Exactly', {
      policyName: name,
      scalingTarget: target,
      adjustmentType: AdjustmentType.EXACT_CAPACITY,
      metricAggregationType: MetricAggregationType.MAXIMUM,
      cooldown: Duration.minutes(1),
    });
    const steps = stepsTo(min, max);
    for (const [at, { from, tasks }] of steps.entries()) {
      const until = steps[at + 1]?.from;
      action.addAdjustment({ adjustment: tasks, lowerBound: from, ...(until !== undefined && { upperBound: until }) });
    }
    const alarm = new Alarm(this, 'Number', {
      alarmName: name,
      alarmDescription: 'On while the workers say how many there should be; no cause for alarm. It sets their number.',
      metric: desired,
      // What the bounds of the steps are counted from.
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new ApplicationScalingAction(action));
  }
}

/** The role that AWS itself keeps for this, in every account ("Service-linked roles for Application Auto Scaling"). */
const linkedRole = (scope: Construct): IRole =>
  Role.fromRoleArn(
    scope,
    'LinkedRole',
    Stack.of(scope).formatArn({
      service: 'iam',
      region: '',
      resource: 'role/aws-service-role/ecs.application-autoscaling.amazonaws.com',
      resourceName: 'AWSServiceRoleForApplicationAutoScaling_ECSService',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    }),
    { mutable: false },
  );
