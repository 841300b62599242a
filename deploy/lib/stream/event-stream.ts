import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type IStream, Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { argue } from '../rights/because.ts';

export interface EventStreamProps {
  readonly name: string;
  readonly key: IKey;
  /** Undefined: on-demand. */
  readonly shards: number | undefined;
  readonly retentionHours: number;
  readonly removalPolicy: RemovalPolicy;
}

/** The Kinesis stream that workers read. */
export class EventStream extends Construct {
  readonly stream: IStream;

  constructor(scope: Construct, id: string, props: EventStreamProps) {
    super(scope, id);
    const stream = new Stream(this, 'Stream', {
      streamName: props.name,
      ...(props.shards === undefined
        ? { streamMode: StreamMode.ON_DEMAND }
        : { streamMode: StreamMode.PROVISIONED, shardCount: props.shards }),
      retentionPeriod: Duration.hours(props.retentionHours),
      encryption: StreamEncryption.KMS,
      encryptionKey: props.key,
      removalPolicy: props.removalPolicy,
    });
    argue(
      stream,
      'AwsSolutions-KDS3',
      'With a key of its own, who may read the events is said, logged and revoked in one place.',
    );
    this.stream = stream;
  }
}

/** A stream that exists already: it is read, never changed or replaced. */
export const adoptedStream = (scope: Construct, id: string, arn: string, keyArn: string | undefined): IStream =>
  Stream.fromStreamAttributes(scope, id, {
    streamArn: arn,
    ...(keyArn !== undefined && { encryptionKey: Key.fromKeyArn(scope, `${id}Key`, keyArn) }),
  });
