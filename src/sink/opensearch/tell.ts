import { explain } from '../verdict.ts';
import { ask, errorOf, member, type OpenSearchClient, type Request } from './client.ts';

/** An answer's body, or why there is none to be had. */
export type Told =
  | { readonly body: unknown }
  /** What was asked for is not there. */
  | { readonly missing: string }
  /** OpenSearch answered, and no. */
  | { readonly refused: string; readonly status: number }
  | { readonly silent: string };

/** Asks once. Never rejects. */
export const tell = async (client: OpenSearchClient, request: Request, signal: AbortSignal): Promise<Told> => {
  const answer = await ask(client, request, signal);
  if ('broken' in answer) return { silent: answer.broken };
  if (answer.status >= 200 && answer.status < 300) return { body: answer.body };
  const why = explain(answer.status, errorOf(member(answer.body, 'error') ?? answer.body));
  return answer.status === 404 ? { missing: why } : { refused: why, status: answer.status };
};

/** An answer, or that there is no such thing. */
export const isKnown = (told: Told): told is { readonly body: unknown } | { readonly missing: string } =>
  'body' in told || 'missing' in told;

/** Why there is no answer's body. */
export const whyNot = (told: Exclude<Told, { readonly body: unknown }>): string => {
  if ('silent' in told) return told.silent;
  return 'refused' in told ? told.refused : told.missing;
};
