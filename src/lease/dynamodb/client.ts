import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** Less would fail a healthy table on a busy machine. */
const LEAST_TRY_MS = 500;

/**
 * A DynamoDB client whose calls fail early enough to be tried again while a lease still holds. Region, endpoint and
 * credentials are the SDK's own business, unless given.
 */
export const dynamoDbClient = (
  failoverMs: number,
  config: Pick<DynamoDBClientConfig, 'region' | 'endpoint' | 'credentials'> = {},
): DynamoDBClient => {
  const perTryMs = Math.max(LEAST_TRY_MS, Math.ceil(failoverMs / 8));
  return new DynamoDBClient({
    ...config,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: perTryMs,
      requestTimeout: perTryMs,
      socketTimeout: perTryMs,
      throwOnRequestTimeout: true,
    },
  });
};
