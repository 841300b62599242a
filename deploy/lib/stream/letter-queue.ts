import { ArnFormat, Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption, type QueueProps, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface LetterQueueProps {
  readonly name: string;
  readonly key: IKey;
  readonly removalPolicy: RemovalPolicy;
}

/** The longest that SQS keeps a message. */
const KEPT = Duration.seconds(1_209_600);
/** As often a redrive may fail over a letter before it is put aside. */
const MAX_RECEIVES = 3;
/** SQS's own limit since August 2025 (Amazon SQS message quotas). */
const MOST_BYTES = 1_048_576;

/** Dead letters of the service; what a redrive cannot handle three times over waits in `failed`. */
export class LetterQueue extends Construct {
  readonly queue: Queue;
  readonly failed: Queue;

  constructor(scope: Construct, id: string, { name, key, removalPolicy }: LetterQueueProps) {
    super(scope, id);
    const common: QueueProps = {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      maxMessageSizeBytes: MOST_BYTES,
      removalPolicy,
      retentionPeriod: KEPT,
    };
    // By name: each of the two speaks of the other.
    const arn = Stack.of(this).formatArn({ service: 'sqs', resource: name, arnFormat: ArnFormat.NO_RESOURCE_NAME });
    this.failed = new Queue(this, 'Failed', {
      ...common,
      queueName: `${name}-failed`,
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: [Queue.fromQueueArn(this, 'Source', arn)],
      },
    });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      queueName: name,
      // As long as `shardline redrive` asks for by itself.
      visibilityTimeout: Duration.minutes(10),
      deadLetterQueue: { queue: this.failed, maxReceiveCount: MAX_RECEIVES },
    });
  }
}
