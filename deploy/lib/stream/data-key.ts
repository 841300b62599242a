import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { because } from '../rights/because.ts';

export interface DataKeyProps {
  readonly alias: string;
  readonly description: string;
  readonly removalPolicy: RemovalPolicy;
}

/** A KMS key that is rotated every year. Who may use it is said by the policies of roles in its account. */
export class DataKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, { alias, description, removalPolicy }: DataKeyProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      alias,
      description,
      enableKeyRotation: true,
      // The longest and the shortest time that KMS offers to change one's mind in.
      pendingWindow: Duration.days(removalPolicy === RemovalPolicy.RETAIN ? 30 : 7),
      removalPolicy,
    });
    because(
      this.key,
      'kms:*',
      'Leaves it to the policies of IAM who may use and manage it: a key without this can get lost to all.',
    );
    because(this.key, '*', 'In the policy of a key it means this key and no other.');
  }
}
