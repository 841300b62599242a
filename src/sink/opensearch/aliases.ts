import { ShardlineError } from '../../core/errors.ts';
import { isObject } from '../../core/is-object.ts';
import type { TimeRange } from '../../core/time-range.ts';
import { explain } from '../verdict.ts';
import { ask, errorOf, member, type OpenSearchClient, type Request } from './client.ts';

/** An index that carries an alias. */
export interface AliasedIndex {
  readonly index: string;
  /** What the alias is there beside a name, in OpenSearch's own terms: filter, routing, whether it writes there. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const failed = (what: string, why: string): ShardlineError =>
  new ShardlineError('SHARDLINE_REPLAY_FAILED', `${what}: ${why}`);

/** An answer's body; `undefined` where there is no such thing. Throws SHARDLINE_REPLAY_FAILED for every other refusal. */
const bodyOf = async (
  client: OpenSearchClient,
  what: string,
  request: Request,
  signal: AbortSignal,
): Promise<unknown> => {
  const answer = await ask(client, request, signal);
  if ('broken' in answer) throw failed(what, answer.broken);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw failed(what, explain(answer.status, errorOf(member(answer.body, 'error'))));
  return answer.body;
};

const get = (path: string, querystring: Record<string, string> = {}): Request => ({ method: 'GET', path, querystring });

/** The indices that carry an alias; none where there is none. Throws where the name is that of an index. */
export const indicesOf = async (
  client: OpenSearchClient,
  alias: string,
  signal: AbortSignal,
): Promise<readonly AliasedIndex[]> => {
  const what = `the alias ${alias} cannot be read`;
  const body = await bodyOf(client, what, get(`/${encodeURIComponent(alias)}/_alias`), signal);
  if (!isObject(body)) return [];
  if (Object.hasOwn(body, alias)) throw failed(what, 'an index has this name; choose another');
  return Object.keys(body).map((index) => {
    const settings = member(body, index, 'aliases', alias);
    return { index, settings: isObject(settings) ? { ...settings } : {} };
  });
};

/** Names of the indices that there are of some wildcards. */
export const indicesLike = async (
  client: OpenSearchClient,
  wildcards: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const path = `/${wildcards.map(encodeURIComponent).join(',')}/_alias`;
  const body = await bodyOf(client, 'the indices cannot be listed', get(path, { ignore_unavailable: 'true' }), signal);
  return isObject(body) ? Object.keys(body).sort() : [];
};

/** Makes what was indexed visible to searches and counts. */
export const refresh = async (client: OpenSearchClient, indices: readonly string[], signal: AbortSignal) => {
  for (const index of indices) {
    const path = `/${encodeURIComponent(index)}/_refresh`;
    await bodyOf(client, `${index} cannot be refreshed`, { method: 'POST', path }, signal);
  }
};

/** The records of a stream that arrived within a range. */
export interface Origin {
  readonly stream: string;
  readonly range: TimeRange;
}

/** Finds the documents of an origin. */
const fromOrigin = ({ stream, range }: Origin): object => {
  const arrived = { gte: range.fromMs, lt: range.toMs, format: 'epoch_millis' };
  // A phrase: without our template the field is a text, in which a name is no single term.
  const filter = [{ match_phrase: { 'ingest.stream': stream } }, { range: { 'ingest.arrived_at': arrived } }];
  return { bool: { filter } };
};

/** How many of the documents that an alias shows of an index come from an origin, and how many do not. */
export const originsIn = async (
  client: OpenSearchClient,
  { index, settings }: AliasedIndex,
  origin: Origin,
  signal: AbortSignal,
): Promise<{ readonly within: number; readonly others: number }> => {
  const shown: readonly unknown[] = settings.filter === undefined ? [] : [settings.filter];
  const count = async (bool: object): Promise<number> => {
    const path = `/${encodeURIComponent(index)}/_count`;
    const request: Request = { method: 'POST', path, body: { query: { bool } } };
    const found = member(await bodyOf(client, `${index} cannot be counted`, request, signal), 'count');
    if (typeof found !== 'number') throw failed(`${index} cannot be counted`, 'the answer has no count');
    return found;
  };
  const those = fromOrigin(origin);
  return {
    within: await count({ filter: [...shown, those] }),
    others: await count({ filter: shown, must_not: [those] }),
  };
};

/** What changes of an alias. */
export interface AliasMove {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** Indices of which it shows no documents of the origin any more; what else it is there stays. */
  readonly narrow: readonly AliasedIndex[];
}

/** Changes an alias in one step that nobody sees half done. False: it is not any more as it was seen. */
export const moveAlias = async (
  client: OpenSearchClient,
  alias: string,
  { add, remove, narrow }: AliasMove,
  origin: Origin,
  signal: AbortSignal,
): Promise<boolean> => {
  const without = (filter: unknown) => ({
    bool: { must_not: [fromOrigin(origin)], ...(filter === undefined ? {} : { filter: [filter] }) },
  });
  const actions = [
    ...add.map((index) => ({ add: { index, alias } })),
    ...remove.map((index) => ({ remove: { index, alias } })),
    ...narrow.map(({ index, settings }) => ({ add: { ...settings, index, alias, filter: without(settings.filter) } })),
  ];
  const request: Request = { method: 'POST', path: '/_aliases', body: { actions } };
  return (await bodyOf(client, `the alias ${alias} cannot be switched`, request, signal)) !== undefined;
};
