import type { Place } from '../../core/delivery.ts';
import type { BulkAnswer, Verdict } from '../target.ts';
import { type AnswerError, itemVerdict, requestAnswer } from '../verdict.ts';
import { type Answer, errorOf, member } from './client.ts';

/** The verdict on a document of which the answer does not tell what became: sent again, its id is asked for. */
export const UNTOLD: Verdict = { status: 'retry', why: 'the answer does not tell which of its documents failed' };

const operationOf = (item: unknown): unknown => member(item, 'create') ?? member(item, 'index');

/** Errors of an index or of the cluster, never of a pipeline. */
const OF_INDEX = /mapp|shards|block|security|rejected|closed|validation|conflict|breaking/;

/** Whether a pipeline may have kept the document from its index: most errors of an index name it. */
const isKeptBack = ({ status }: Verdict, error: AnswerError | undefined): boolean =>
  status === 'dropped' || (error !== undefined && error.index === undefined && !OF_INDEX.test(error.type ?? ''));

/**
 * OpenSearch puts what its pipelines failed or dropped into the right places of the answer, but in the order in which it
 * happened: which of these documents it was tells only the id. Pure.
 */
const byId = (
  verdicts: readonly Verdict[],
  keptBack: readonly number[],
  items: readonly unknown[],
  places: readonly Place[],
): readonly Verdict[] => {
  const statuses = new Set(keptBack.map((at) => verdicts[at]?.status));
  const told = new Map(keptBack.map((at) => [member(operationOf(items[at]), '_id'), verdicts[at] ?? UNTOLD]));
  if (told.has(undefined) && statuses.size === 1 && !statuses.has('rejected')) return verdicts;
  const sorted = [...verdicts];
  for (const at of keptBack) sorted[at] = told.get(places[at]?.id) ?? UNTOLD;
  return sorted;
};

const verdictsOf = (items: readonly unknown[], places: readonly Place[]): readonly Verdict[] => {
  const keptBack: number[] = [];
  const verdicts = items.map((item, at): Verdict => {
    const created = member(item, 'create');
    const operation = created ?? member(item, 'index');
    const status = member(operation, 'status');
    if (typeof status !== 'number') return { status: 'retry', why: 'the answer has an item without a status' };
    const failure = member(operation, 'error');
    const error = failure === undefined ? undefined : errorOf(failure);
    const asked = created === undefined ? `index ${member(operation, 'result') ?? ''}`.trimEnd() : 'create';
    const verdict = itemVerdict(status, error, asked);
    if (isKeptBack(verdict, error)) keptBack.push(at);
    return verdict;
  });
  return keptBack.length < 2 ? verdicts : byId(verdicts, keptBack, items, places);
};

/** Reads a bulk's answer. Anything that is not exactly an answer to this request says nothing: send it again. Pure. */
export const readBulkAnswer = (answer: Answer, places: readonly Place[]): BulkAnswer => {
  if ('broken' in answer) return requestAnswer(undefined, { reason: answer.broken });
  const items = member(answer.body, 'items');
  if (answer.status !== 200) {
    return requestAnswer(answer.status, errorOf(member(answer.body, 'error') ?? answer.body), answer.retryAfterMs);
  }
  if (!Array.isArray(items)) return requestAnswer(200, { reason: 'the answer is not that of a bulk request' });
  if (items.length !== places.length)
    return requestAnswer(200, { reason: `the answer has ${items.length} items for ${places.length} documents` });
  return { items: verdictsOf(items, places) };
};
