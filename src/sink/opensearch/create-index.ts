import { explain } from '../verdict.ts';
import { ask, errorOf, member, type OpenSearchClient } from './client.ts';

/** What came of it: made, there already, or the reason why not. */
export type Creation = 'created' | 'exists' | { readonly failed: string };

/** Makes an empty index; its settings and mappings are those of the templates that match its name. */
export const createIndex = async (client: OpenSearchClient, index: string, signal: AbortSignal): Promise<Creation> => {
  const answer = await ask(client, { method: 'PUT', path: `/${encodeURIComponent(index)}` }, signal);
  if ('broken' in answer) return { failed: answer.broken };
  if (answer.status === 200) return 'created';
  const error = errorOf(member(answer.body, 'error') ?? answer.body);
  return error.type === 'resource_already_exists_exception' ? 'exists' : { failed: explain(answer.status, error) };
};
