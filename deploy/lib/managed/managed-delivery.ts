import { Aws, type RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, LogStream, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { argue, because } from '../rights/because.ts';
import { deliveryRights } from './delivery-rights.ts';

/** The OpenSearch domain that is delivered to. */
export interface ManagedDomain {
  readonly arn: string;
  /** How Firehose gets into the VPC that it stands in; undefined for a public endpoint. */
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] } | undefined;
}

export interface ManagedDeliveryProps {
  readonly name: string;
  readonly stream: IStream;
  readonly lambda: IFunction;
  readonly domain: ManagedDomain;
  /** Before the date in the names of indices. */
  readonly index: string;
  readonly retrySeconds: number;
  /** Takes what could not be transformed or delivered, below `prefix`. */
  readonly bucket: IBucket;
  readonly prefix: string;
  /** The bucket's. */
  readonly key: IKey;
  readonly logDays: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** Before the function: small enough that an answer may be four times as large as its records. */
const LAMBDA_BUFFER_MB = '1';
const LAMBDA_BUFFER_SECONDS = '60';
const LAMBDA_RETRIES = '3';

const processors = (lambda: IFunction, role: Role) => ({
  enabled: true,
  processors: [
    {
      type: 'Lambda',
      parameters: Object.entries({
        LambdaArn: lambda.functionArn,
        RoleArn: role.roleArn,
        NumberOfRetries: LAMBDA_RETRIES,
        BufferSizeInMBs: LAMBDA_BUFFER_MB,
        BufferIntervalInSeconds: LAMBDA_BUFFER_SECONDS,
      }).map(([parameterName, parameterValue]) => ({ parameterName, parameterValue })),
    },
  ],
});

/** A Firehose stream from a Kinesis data stream, through a function, into daily indices of a domain. */
export class ManagedDelivery extends Construct {
  readonly deliveryStream: CfnDeliveryStream;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ManagedDeliveryProps) {
    super(scope, id);
    const { name, logDays, removalPolicy } = props;
    const errors = new LogGroup(this, 'Errors', {
      logGroupName: `/${name}/delivery`,
      retention: logDays,
      removalPolicy,
    });
    const stream = (thing: string) =>
      new LogStream(this, `ErrorStream-${thing}`, { logGroup: errors, logStreamName: thing, removalPolicy });
    this.role = this.#roleOf(props, errors);
    const log = (thing: string) => ({
      enabled: true,
      logGroupName: errors.logGroupName,
      logStreamName: stream(thing).logStreamName,
    });
    this.deliveryStream = new CfnDeliveryStream(this, 'Stream', {
      deliveryStreamName: name,
      deliveryStreamType: 'KinesisStreamAsSource',
      kinesisStreamSourceConfiguration: { kinesisStreamArn: props.stream.streamArn, roleArn: this.role.roleArn },
      amazonopensearchserviceDestinationConfiguration: {
        domainArn: props.domain.arn,
        roleArn: this.role.roleArn,
        indexName: props.index,
        indexRotationPeriod: 'OneDay',
        // Stable over the attempts of a delivery; with an id of OpenSearch's own, each attempt may be one more document.
        documentIdOptions: { defaultDocumentIdFormat: 'FIREHOSE_DEFAULT' },
        bufferingHints: { sizeInMBs: 5, intervalInSeconds: 60 },
        retryOptions: { durationInSeconds: props.retrySeconds },
        processingConfiguration: processors(props.lambda, this.role),
        cloudWatchLoggingOptions: log('opensearch'),
        s3BackupMode: 'FailedDocumentsOnly',
        s3Configuration: {
          bucketArn: props.bucket.bucketArn,
          roleArn: this.role.roleArn,
          prefix: `${props.prefix}/`,
          errorOutputPrefix: `${props.prefix}/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/`,
          encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: props.key.keyArn } },
          cloudWatchLoggingOptions: log('s3'),
        },
        ...(props.domain.vpc && {
          vpcConfiguration: {
            roleArn: this.role.roleArn,
            subnetIds: [...props.domain.vpc.subnetIds],
            securityGroupIds: [...props.domain.vpc.securityGroupIds],
          },
        }),
      },
    });
    argue(
      this.deliveryStream,
      'AwsSolutions-KDF1',
      'With a data stream as its source Firehose stores nothing itself; the data stream, its objects and its domain are encrypted.',
    );
    // It looks at its rights while it is made.
    this.deliveryStream.node.addDependency(this.role);
  }

  #roleOf(props: ManagedDeliveryProps, errors: LogGroup): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        // No other account's Firehose stream may make use of it.
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'Delivers the stream into OpenSearch',
      inlinePolicies: deliveryRights(this, props, errors.logGroupArn),
    });
    because(role, `/${props.prefix}/*`, 'Firehose names its objects by the time of their delivery.');
    because(role, '/*', 'Firehose writes to the indices of the day, and makes them, below the one domain.');
    because(role, '/_nodes/*/stats', 'Firehose asks single nodes, whose names change.');
    for (const ending of ['/_mapping', '/_stats'])
      because(role, `*${ending}`, 'Firehose looks at the indices of all days, whose names it makes.');
    if (props.domain.vpc)
      because(
        role,
        '*',
        'Network interfaces that are still to be made have no ARN, and what is described has none to name.',
      );
    return role;
  }
}
