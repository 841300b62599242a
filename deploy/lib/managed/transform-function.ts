import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, LogGroup, MetricFilter, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface TransformFunctionProps {
  readonly name: string;
  /** The folder that scripts/bundle-managed.ts made. */
  readonly code: string;
  /** The service's configuration; `SHARDLINE_APPLICATION` must be among it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  /** Undefined: none is reserved. */
  readonly concurrency: number | undefined;
  readonly logDays: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** Where the count of failed records is, by reason. */
const METRICS = 'Shardline/Managed';
const FAILED = 'FailedRecords';

/** The function that Firehose has records transformed by. It may do nothing but write its log. */
export class TransformFunction extends Construct {
  readonly lambda: LambdaFunction;
  /** Records of this environment that failed, for whatever reason. */
  readonly failed: IMetric;

  constructor(scope: Construct, id: string, props: TransformFunctionProps) {
    super(scope, id);
    const { name, logDays, removalPolicy } = props;
    const log = new LogGroup(this, 'Log', { logGroupName: `/aws/lambda/${name}`, retention: logDays, removalPolicy });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Transforms records for Firehose',
      inlinePolicies: {
        log: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: 'WriteLog',
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              resources: [log.logGroupArn],
            }),
          ],
        }),
      },
    });
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName: name,
      description: 'Transforms the records of a Firehose stream as Shardline does',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(props.code),
      role,
      logGroup: log,
      environment: { ...props.variables },
      memorySize: props.memoryMb,
      // "Amazon Data Firehose supports a Lambda invocation time of up to 5 minutes" (Transform source data).
      timeout: Duration.minutes(5),
      ...(props.concurrency !== undefined && { reservedConcurrentExecutions: props.concurrency }),
    });
    // Environments of one account are told apart by their application; an alarm needs one number for all reasons.
    const application = { application: '$.application' };
    this.#count('Failed', log, { ...application, reason: '$.reason' });
    this.#count('FailedInAll', log, application);
    this.failed = new Metric({
      namespace: METRICS,
      metricName: FAILED,
      dimensionsMap: { application: String(props.variables.SHARDLINE_APPLICATION) },
      statistic: 'Sum',
      period: Duration.minutes(5),
    });
  }

  #count(id: string, logGroup: LogGroup, dimensions: Record<string, string>): void {
    new MetricFilter(this, id, {
      logGroup,
      filterPattern: FilterPattern.exists('$.reason'),
      metricNamespace: METRICS,
      metricName: FAILED,
      metricValue: '1',
      dimensions,
    });
  }
}
