import { describe, ShardlineError } from '../../core/errors.ts';
import type { OpenSearchPlace } from './environment.ts';

const headersOf = ({ username, password }: OpenSearchPlace): Record<string, string> => ({
  'content-type': 'application/json',
  ...(username && { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }),
});

const failed = (message: string): ShardlineError => new ShardlineError('SHARDLINE_LOCAL_START_FAILED', message);

/** What went wrong with a request lies behind fetch's own words. */
const reasonOf = (thrown: unknown): string =>
  describe(thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown);

/** Asks OpenSearch by POST; any answer but a good one is an error that shows it. */
export const askOpenSearch = async (place: OpenSearchPlace, path: string, body?: object): Promise<unknown> => {
  const answer = await fetch(`${place.url}/${path}`, {
    method: 'POST',
    headers: headersOf(place),
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  }).catch((thrown) => {
    throw failed(`OpenSearch at ${place.url} does not answer: ${reasonOf(thrown)}`);
  });
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  throw failed(`OpenSearch at ${place.url} answers ${answer.status} to ${path}: ${text.slice(0, 300)}`);
};
