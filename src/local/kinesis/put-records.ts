import type { Call } from './call.ts';
import type { Fault } from './faults.ts';
import {
  asFields,
  type Fields,
  HASH_KEY,
  optionalText,
  PARTITION_KEY,
  refuse,
  requiredBlob,
  requiredText,
} from './fields.ts';
import { invalidArgument } from './kinesis-error.ts';
import type { ShardState } from './shard-state.ts';
import { hashKeyOf, type StreamState } from './stream-state.ts';

const MAX_RECORDS = 500;
const MAX_REQUEST_BYTES = 10 * 1_048_576;

/** A record checked and on its way to its shard. */
interface Routed {
  readonly shard: ShardState;
  readonly base64: string;
  readonly key: string | undefined;
  /** Data and partition key. */
  readonly bytes: number;
}

const routed = (stream: StreamState, entry: Fields): Routed => {
  const auto = stream.settings.distribution === 'AUTO';
  const data = requiredBlob(entry, 'Data');
  const key = auto ? undefined : requiredText(entry, 'PartitionKey', PARTITION_KEY);
  const explicit = optionalText(entry, 'ExplicitHashKey', HASH_KEY);
  const bytes = data.bytes + (key === undefined ? 0 : Buffer.byteLength(key));
  if (bytes > stream.settings.maxRecordBytes)
    throw refuse(
      'Data',
      `${bytes} bytes`,
      `Member must have length less than or equal to ${stream.settings.maxRecordBytes}`,
    );
  const hashKey = explicit === undefined ? key && hashKeyOf(key) : BigInt(explicit);
  if (typeof hashKey === 'bigint' && hashKey >= 1n << 128n)
    throw invalidArgument(
      `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${explicit}`,
    );
  return {
    shard: stream.route(typeof hashKey === 'bigint' && !auto ? hashKey : undefined),
    base64: data.base64,
    key,
    bytes,
  };
};

const put = (call: Call, stream: StreamState, record: Routed): string =>
  stream.put(record.shard, call.nowMs, record.base64, record.key, record.bytes);

export const putRecord = (call: Call): object => {
  const stream = call.account.readable(call.fields, call.nowMs);
  const record = routed(stream, call.fields);
  if (!call.rates.admitsPut(`${stream.settings.name} ${record.shard.id}`, record.bytes))
    throw call.account.rateExceeded(stream, record.shard);
  const SequenceNumber = put(call, stream, record);
  stream.trim(call.nowMs);
  return { ShardId: record.shard.id, SequenceNumber, EncryptionType: 'NONE' };
};

const entriesIn = (fields: Fields): readonly Fields[] => {
  const { Records: records } = fields;
  if (!Array.isArray(records)) throw refuse('Records', undefined, 'Member must not be null');
  if (records.length < 1) throw refuse('Records', '[]', 'Member must have length greater than or equal to 1');
  if (records.length > MAX_RECORDS)
    throw refuse(
      'Records',
      `[${records.length} records]`,
      `Member must have length less than or equal to ${MAX_RECORDS}`,
    );
  return records.map((entry: unknown) => asFields(entry, 'Records'));
};

const refused = (call: Call, stream: StreamState, record: Routed, fault: Fault | undefined): object | undefined => {
  if (fault && fault.kind !== 'throttle')
    return { ErrorCode: 'InternalFailure', ErrorMessage: 'Internal service failure, on demand.' };
  const key = `${stream.settings.name} ${record.shard.id}`;
  if (!fault && call.rates.admitsPut(key, record.bytes)) return undefined;
  const error = call.account.rateExceeded(stream, record.shard);
  return { ErrorCode: error.type, ErrorMessage: error.message };
};

export const putRecords = (call: Call): object => {
  const stream = call.account.readable(call.fields, call.nowMs);
  const records = entriesIn(call.fields).map((entry) => routed(stream, entry));
  if (records.reduce((sum, record) => sum + record.bytes, 0) > MAX_REQUEST_BYTES)
    throw invalidArgument(`Records size exceeds ${MAX_REQUEST_BYTES} bytes limit`);
  const ids = new Set(records.map((record) => record.shard.id));
  const struck = new Map([...ids].map((id) => [id, call.faults.takeRecords(id)]));
  const Records = records.map(
    (record) =>
      refused(call, stream, record, struck.get(record.shard.id)) ?? {
        SequenceNumber: put(call, stream, record),
        ShardId: record.shard.id,
      },
  );
  stream.trim(call.nowMs);
  const FailedRecordCount = Records.filter((record) => 'ErrorCode' in record).length;
  return { FailedRecordCount, Records, EncryptionType: 'NONE' };
};
