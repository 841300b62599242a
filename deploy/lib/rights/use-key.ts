import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** To use a key by way of one service only, never directly. */
export const useKey = (
  scope: Construct,
  sid: string,
  key: IKey,
  service: 'kinesis' | 's3' | 'sqs',
  actions: readonly string[],
): PolicyStatement => {
  const { region, urlSuffix } = Stack.of(scope);
  return new PolicyStatement({
    sid,
    actions: [...actions],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `${service}.${region}.${urlSuffix}` } },
  });
};
