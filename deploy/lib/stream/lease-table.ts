import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

export interface LeaseTableProps {
  /** The service's `application`: it looks for a table of that name, and would make it where there is none. */
  readonly application: string;
  readonly deletionProtection: boolean;
  readonly removalPolicy: RemovalPolicy;
}

/** Leases and checkpoints, in the format that the service and the Java KCL make. */
export class LeaseTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: LeaseTableProps) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      tableName: props.application,
      partitionKey: { name: 'leaseKey', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      // It holds names of shards and places in them, no events: a key of our own would cost every worker rights to it.
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.deletionProtection,
      removalPolicy: props.removalPolicy,
    });
  }
}
