import { type Finding, fail, ok, warn } from './finding.ts';

const HOUR_MS = 3_600_000;
/** A weekend during which nobody looks. */
const ROOM_MS = 72 * HOUR_MS;

export interface StreamFacts {
  readonly name: string;
  readonly status: string;
  readonly openShards: number;
  readonly retentionMs: number;
  readonly mode: string | undefined;
  /** The KMS key's name, where the stream is encrypted. */
  readonly encryptedWith: string | undefined;
}

export const judgeStream = ({ name, status, openShards, mode, encryptedWith }: StreamFacts): Finding => {
  const kept = encryptedWith === undefined ? 'not encrypted' : `encrypted with ${encryptedWith}`;
  const text = `stream ${name} is ${status}, open shards: ${openShards}${mode ? `, ${mode.toLowerCase().replace('_', ' ')}` : ''}, ${kept}`;
  if (status === 'ACTIVE' || status === 'UPDATING') return ok('stream', text);
  const fix = status === 'CREATING' ? 'wait until it is ACTIVE' : 'name a stream that stays';
  return fail('stream', text, fix);
};

/** How long an outage may last before records are lost. */
export const judgeRetention = ({ retentionMs }: StreamFacts, retryForMs: number): Finding => {
  const hours = Math.round(retentionMs / HOUR_MS);
  const text = `records are kept for ${hours} h: an outage of OpenSearch, or of the workers, that lasts longer loses some`;
  const fix =
    'keep them longer: aws kinesis increase-stream-retention-period --stream-name NAME --retention-period-hours 168';
  if (retryForMs >= retentionMs)
    return fail(
      'stream-retention',
      `${text}; opensearch.retry_for is longer still, so a sick index would wait until its records are gone`,
      `${fix}; or shorten opensearch.retry_for`,
    );
  return retentionMs >= ROOM_MS ? ok('stream-retention', text) : warn('stream-retention', text, fix);
};
