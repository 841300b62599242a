import { ACCOUNT_ID } from './account.ts';
import type { Call } from './call.ts';
import { optionalChoice, optionalFields, optionalInteger, refuse, requiredText, STREAM_NAME } from './fields.ts';
import { KinesisError } from './kinesis-error.ts';
import { StreamState } from './stream-state.ts';

/** Shards an on-demand stream begins with. */
const ON_DEMAND_SHARDS = 4;
const MAX_SHARDS = 10_000;
const KIB = 1024;

export const createStream = ({ fields, account, nowMs }: Call): undefined => {
  const name = requiredText(fields, 'StreamName', STREAM_NAME);
  const count = optionalInteger(fields, 'ShardCount', 1, MAX_SHARDS);
  const details = optionalFields(fields, 'StreamModeDetails');
  const mode = (details && optionalChoice(details, 'StreamMode', ['PROVISIONED', 'ON_DEMAND'])) ?? 'PROVISIONED';
  if (mode === 'PROVISIONED' && count === undefined) throw refuse('ShardCount', undefined, 'Member must not be null');
  if (account.find(name, nowMs))
    throw new KinesisError('ResourceInUseException', `Stream ${name} under account ${ACCOUNT_ID} already exists.`);
  const settings = {
    name,
    arn: account.arnOf(name),
    shards: count ?? ON_DEMAND_SHARDS,
    mode,
    maxRecordBytes: (optionalInteger(fields, 'MaxRecordSizeInKiB', KIB, 10 * KIB) ?? KIB) * KIB,
    distribution:
      optionalChoice(fields, 'RecordDistributionStrategy', ['AUTO', 'USER_PARTITION_KEY']) ?? 'USER_PARTITION_KEY',
    maxBytes: account.settings.maxStreamBytes,
    retentionMs: account.settings.retentionMs,
  };
  const stream = new StreamState(settings, nowMs);
  stream.becomes('CREATING', nowMs + account.settings.transitionMs);
  account.add(stream);
};

export const deleteStream = ({ fields, account, nowMs }: Call): undefined => {
  const stream = account.stream(fields, nowMs);
  stream.becomes('DELETING', nowMs + account.settings.transitionMs);
};
