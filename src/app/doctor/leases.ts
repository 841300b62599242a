import type { Config } from '../../config/tree.ts';
import type { Clock } from '../../core/clock.ts';
import { describe, ShardlineError } from '../../core/errors.ts';
import type { Check } from '../../doctor/examine.ts';
import { type Finding, fail, ok, waits } from '../../doctor/finding.ts';
import { judgeLeases, judgeTable } from '../../doctor/leases.ts';
import { adviceFor } from '../../doctor/refusal.ts';
import type { dynamoDbClient } from '../../lease/dynamodb/client.ts';
import { tryTable } from '../../lease/dynamodb/rights.ts';
import { dynamoDbLeaseStore } from '../../lease/dynamodb/store.ts';
import { checkKey, describeTable } from '../../lease/dynamodb/table.ts';
import type { kinesisClient } from '../../source/kinesis/client.ts';
import { listShards } from '../../source/kinesis/shards.ts';
import { whyThrown } from './parts.ts';

export interface LeaseParts {
  readonly config: Config;
  readonly dynamoDb: ReturnType<typeof dynamoDbClient>;
  readonly kinesis: ReturnType<typeof kinesisClient>;
  readonly clock: Clock;
}

const refusal = (check: 'lease-table' | 'lease-rows', action: string, thrown: unknown): Finding => {
  const why = whyThrown(thrown);
  return fail(check, `${action} does not work: ${why}`, adviceFor(why, action));
};

/** The trouble of a table that has another key. */
const keyTrouble = (...found: Parameters<typeof checkKey>): string | undefined => {
  try {
    checkKey(...found);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof ShardlineError) return describe(thrown);
    throw thrown;
  }
};

const rows = async ({ config, dynamoDb, kinesis, clock }: LeaseParts, signal: AbortSignal) => {
  const count = () => {};
  const table = config.application;
  const store = dynamoDbLeaseStore({ client: dynamoDb, table, clock, countWrite: count, countRead: count });
  const shards = await listShards(kinesis, config.stream, signal).catch(() => undefined);
  try {
    const { rows: leases, malformed } = await store.list(signal);
    const facts = leases.map(({ shardId, owner, checkpoint }) => ({
      shardId,
      owner,
      ended: checkpoint.at === 'SHARD_END',
    }));
    return judgeLeases({ table, leases: facts, malformed, shards });
  } catch (thrown) {
    return [refusal('lease-rows', 'dynamodb:Scan', thrown)];
  }
};

const table = async (parts: LeaseParts, signal: AbortSignal): Promise<readonly Finding[]> => {
  const { config, dynamoDb } = parts;
  const name = config.application;
  const found = await describeTable(dynamoDb, name, signal);
  const trouble = found && keyTrouble(found, name);
  const judged = judgeTable({ table: name, status: found?.TableStatus, trouble });
  if (!found) return [judged, ok('lease-rows', 'there are no leases yet')];
  if (judged.state === 'fail') return [judged, waits('lease-rows', 'lease-table', 'the table cannot be read')];
  const [refused, leases] = await Promise.all([tryTable(dynamoDb, name, signal), rows(parts, signal)]);
  const refusals = refused.map(({ action, thrown }) => refusal('lease-table', action, thrown));
  return [...(refusals.length > 0 ? refusals : [judged]), ...leases];
};

/** What DynamoDB is asked. */
export const leaseChecks = (parts: LeaseParts): readonly Check[] => [
  {
    name: 'lease-table',
    async ask(signal) {
      try {
        return await table(parts, signal);
      } catch (thrown) {
        return [
          refusal('lease-table', 'dynamodb:DescribeTable', thrown),
          waits('lease-rows', 'lease-table', 'the table cannot be asked'),
        ];
      }
    },
  },
];
