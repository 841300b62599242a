import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';

/**
 * Lets CloudWatch Logs encrypt the groups whose names begin so: `/NAME/` ("Encrypt log data in CloudWatch Logs using KMS", with
 * the actions that its wildcards stand for).
 */
export const letLogsUse = (key: Key, prefix: string): void => {
  const { account, partition, region } = Stack.of(key);
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'EncryptLogs',
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: [
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:GenerateDataKeyWithoutPlaintext',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:${prefix}*`,
        },
      },
    }),
  );
};
