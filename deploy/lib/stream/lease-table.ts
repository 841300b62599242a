import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export interface LeaseTableProps {
  /** The service's `application`: it looks for a table of that name, and would make it where there is none. */
  readonly application: string;
  readonly key: IKey;
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
      encryption: TableEncryptionV2.customerManagedKey(props.key),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.deletionProtection,
      removalPolicy: props.removalPolicy,
    });
  }
}
