import type { IsPassed } from '../../audit/compare-letters.ts';
import type { Config } from '../../config/tree.ts';
import type { Clock } from '../../core/clock.ts';
import { describe } from '../../core/errors.ts';
import type { Shard } from '../../core/shard.ts';
import { dynamoDbClient } from '../../lease/dynamodb/client.ts';
import { dynamoDbLeaseStore } from '../../lease/dynamodb/store.ts';
import { passedPlaces } from '../../lease/passed.ts';

/** The application's progress, as far as the lease table can be read; `shards` are undefined for records that were read once. */
export const openLeases = async (
  config: Config,
  clock: Clock,
  shards: readonly Shard[] | undefined,
  signal: AbortSignal,
): Promise<{ readonly isPassed: IsPassed; readonly note: string | undefined }> => {
  const client = dynamoDbClient(config.leases.failoverMs);
  const store = dynamoDbLeaseStore({ client, table: config.application, clock, countWrite() {}, countRead() {} });
  try {
    return { isPassed: passedPlaces(await store.list(signal), shards), note: undefined };
  } catch (thrown) {
    const why = `the lease table ${config.application} cannot be read: ${describe(thrown)}`;
    return { isPassed: () => true, note: `${why}; what the service has not come to yet counts as missing` };
  } finally {
    client.destroy();
  }
};
