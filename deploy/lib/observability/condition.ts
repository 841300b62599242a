import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

/** What raises an alarm. */
export interface Condition {
  /** The construct's id, and the end of the alarm's name. */
  readonly id: string;
  /** What is wrong, and what to read. */
  readonly says: string;
  readonly metric: IMetric;
  /** `atLeast` a value, or `below` one. */
  readonly is: { readonly atLeast: number } | { readonly below: number };
  /** In so many periods after each other. */
  readonly periods: number;
  /** Whether no data is as bad; else it is well. */
  readonly missingIsBad?: boolean;
}

/** 1 in each period in which an expression of metrics is true. */
export const whenever = (expression: string, usingMetrics: Record<string, IMetric>, minutes = 1): MathExpression =>
  new MathExpression({ expression: `IF(${expression}, 1, 0)`, usingMetrics, period: Duration.minutes(minutes) });

/** Makes an alarm of each condition, which tells when it begins and when it ends. */
export const raise = (
  scope: Construct,
  name: string,
  conditions: readonly Condition[],
  action: IAlarmAction,
): Alarm[] =>
  conditions.map(({ id, says, metric, is, periods, missingIsBad = false }) => {
    const alarm = new Alarm(scope, id, {
      alarmName: `${name}-${id}`,
      alarmDescription: says,
      metric,
      threshold: 'atLeast' in is ? is.atLeast : is.below,
      comparisonOperator:
        'atLeast' in is
          ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
          : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: missingIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  });
