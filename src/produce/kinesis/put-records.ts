import { type KinesisClient, PutRecordsCommand, type PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import { describe } from '../../core/errors.ts';
import type { Entry } from '../batches.ts';

/** What became of a request's entries. */
export type PutAnswer =
  /** Kinesis took the request; the entries named have to be sent again. */
  | { readonly again: readonly Entry[]; readonly why: string }
  /** Kinesis refuses the request as it is: one of its entries, or all. */
  | { readonly refused: string }
  /** Nobody can tell what became of it; later it may go well. */
  | { readonly unsent: string }
  /** It will never go well as things are. */
  | { readonly hopeless: string };

const REFUSED: ReadonlySet<string> = new Set(['ValidationException', 'InvalidArgumentException']);
const HOPELESS: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'CredentialsProviderError',
  'KMSAccessDeniedException',
  'KMSDisabledException',
  'KMSNotFoundException',
]);

/** Puts entries on a stream, by its name or ARN. */
export type PutRecords = (entries: readonly Entry[], signal: AbortSignal) => Promise<PutAnswer>;

const failedOf = (entries: readonly Entry[], results: readonly PutRecordsResultEntry[]): PutAnswer => {
  const failed = entries.filter((_, i) => results[i]?.SequenceNumber === undefined);
  const first = results.find((result) => result.ErrorCode !== undefined);
  return { again: failed, why: first ? `${first.ErrorCode}: ${first.ErrorMessage}` : '' };
};

const outcomeOf = (thrown: unknown): PutAnswer => {
  const name = thrown instanceof Error ? thrown.name : '';
  const text = name ? `${name}: ${describe(thrown)}` : describe(thrown);
  if (REFUSED.has(name)) return { refused: text };
  // The SDK throws a plain Error when it knows no region.
  if (HOPELESS.has(name) || text.includes('Region is missing')) return { hopeless: text };
  return { unsent: text };
};

export const kinesisPutRecords =
  (client: KinesisClient, stream: string): PutRecords =>
  async (entries, signal) => {
    const Records = entries.map((entry) => ({ Data: entry.data, PartitionKey: entry.key }));
    const named = stream.startsWith('arn:') ? { StreamARN: stream } : { StreamName: stream };
    try {
      const answer = await client.send(new PutRecordsCommand({ ...named, Records }), { abortSignal: signal });
      return failedOf(entries, answer.Records ?? []);
    } catch (thrown) {
      return outcomeOf(thrown);
    }
  };
