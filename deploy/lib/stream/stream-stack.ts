import { Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { type Environment, nameOf } from '../environment/environment.ts';
import { removalPolicy, stackProps } from '../environment/stack-props.ts';
import { DataKey } from './data-key.ts';
import { adoptedStream, EventStream } from './event-stream.ts';
import { LeaseTable } from './lease-table.ts';

export class StreamStack extends Stack {
  /** Encrypts all that this stack makes. */
  readonly key: Key;
  readonly stream: IStream;
  readonly leaseTable: TableV2;

  constructor(scope: Construct, environment: Environment) {
    super(scope, 'stream', stackProps(environment, 'stream', 'the stream, leases, dead letters and the archive'));
    const { data, stream } = environment.settings;
    const kept = removalPolicy(environment);
    this.key = new DataKey(this, 'Data', {
      alias: nameOf(environment),
      description: `Shardline ${nameOf(environment)}: stream, leases, dead letters, archive`,
      removalPolicy: kept,
    }).key;
    this.stream =
      stream.arn === undefined
        ? new EventStream(this, 'Events', {
            name: nameOf(environment),
            key: this.key,
            shards: stream.mode === 'provisioned' ? stream.shards : undefined,
            retentionHours: stream.retention_hours,
            removalPolicy: kept,
          }).stream
        : adoptedStream(this, 'Events', stream.arn, stream.key_arn);
    this.leaseTable = new LeaseTable(this, 'Leases', {
      application: nameOf(environment),
      key: this.key,
      deletionProtection: data === 'retain',
      removalPolicy: kept,
    }).table;
  }
}
