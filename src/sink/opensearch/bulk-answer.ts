import type { Place } from '../../core/delivery.ts';
import type { BulkAnswer, Verdict } from '../target.ts';
import { itemVerdict, requestAnswer } from '../verdict.ts';
import { type Answer, errorOf, member } from './client.ts';

/** The verdict on a document of which the answer does not tell what became: sent again, its id is asked for. */
export const UNTOLD: Verdict = { status: 'retry', why: 'the answer does not tell which of its documents failed' };

const operationOf = (item: unknown): unknown => member(item, 'create') ?? member(item, 'index');

/** Errors of an index or of the cluster, never of a pipeline. */
const OF_INDEX = /mapp|shards|block|security|rejected|closed|validation|conflict|breaking/;

/** A document that failed or was dropped, without a word of its index. */
interface Suspect {
  readonly at: number;
  /** Whether its index says such things, most of which name it; a pipeline hardly does. */
  readonly isOfIndex: boolean;
}

/**
 * OpenSearch puts what its pipelines failed or dropped into the right places of the answer, but in the order in which it
 * happened: which of these documents it was tells only the id. Pure.
 */
const byId = (
  verdicts: readonly Verdict[],
  suspects: readonly Suspect[],
  items: readonly unknown[],
  places: readonly Place[],
): readonly Verdict[] => {
  const statuses = new Set(suspects.map(({ at }) => verdicts[at]?.status));
  const told = new Map(suspects.map(({ at }) => [member(operationOf(items[at]), '_id'), verdicts[at] ?? UNTOLD]));
  const isUntold = told.has(undefined);
  if (isUntold && statuses.size === 1 && !statuses.has('rejected')) return verdicts;
  const sorted = [...verdicts];
  for (const { at, isOfIndex } of suspects) {
    // What came as far as its index is in its place, also under an id that a pipeline gave it.
    const inPlace = isOfIndex && !isUntold ? verdicts[at] : undefined;
    sorted[at] = told.get(places[at]?.id) ?? inPlace ?? UNTOLD;
  }
  return sorted;
};

const verdictsOf = (items: readonly unknown[], places: readonly Place[]): readonly Verdict[] => {
  const suspects: Suspect[] = [];
  const verdicts = items.map((item, at): Verdict => {
    const created = member(item, 'create');
    const operation = created ?? member(item, 'index');
    const status = member(operation, 'status');
    if (typeof status !== 'number') return { status: 'retry', why: 'the answer has an item without a status' };
    const failure = member(operation, 'error');
    const error = failure === undefined ? undefined : errorOf(failure);
    const asked = created === undefined ? `index ${member(operation, 'result') ?? ''}`.trimEnd() : 'create';
    const verdict = itemVerdict(status, error, asked);
    if (verdict.status === 'dropped' || (error !== undefined && error.index === undefined))
      suspects.push({ at, isOfIndex: OF_INDEX.test(error?.type ?? '') });
    return verdict;
  });
  if (suspects.length < 2 || suspects.every(({ isOfIndex }) => isOfIndex)) return verdicts;
  return byId(verdicts, suspects, items, places);
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
