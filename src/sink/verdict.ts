import type { BulkAnswer, Verdict } from './target.ts';

/** The error of a bulk item or a whole answer, as far as it is known. */
export interface AnswerError {
  readonly type?: string;
  readonly reason?: string;
  readonly caused_by?: { readonly type?: string; readonly reason?: string };
}

const TRANSIENT = new Set([402, 408, 429]);

/** A cluster or index block is lifted by itself or by an operator, whatever status it comes with. */
const isBlock = (error: AnswerError): boolean => error.type === 'cluster_block_exception';

/** Shards are freed by retention or by an operator; the document itself is sound. */
const isShardLimit = (error: AnswerError): boolean => /maximum (normal )?shards open/.test(error.reason ?? '');

const isTransient = (status: number, error: AnswerError): boolean =>
  TRANSIENT.has(status) || status >= 500 || isBlock(error) || isShardLimit(error);

/** Status, type, reason and deepest cause in one line, for people. */
export const explain = (status: number, error: AnswerError): string => {
  const cause = error.caused_by?.reason ? ` (${error.caused_by.reason})` : '';
  return `${status} ${error.type ?? 'unknown'}: ${error.reason ?? 'no reason given'}${cause}`;
};

/** Sorts one item of a bulk answer. */
export const itemVerdict = (status: number, error: AnswerError | undefined): Verdict => {
  if (status >= 200 && status < 300 && !error) return { status: 'ok' };
  const known = error ?? {};
  if (status === 409) return { status: 'exists' };
  // 401, 403 and a missing index are an operator's to mend: dead-lettering the stream for them would be a bad night.
  if (isTransient(status, known) || status === 401 || status === 403 || status === 404) {
    return { status: 'retry', why: explain(status, known) };
  }
  return { status: 'rejected', why: explain(status, known) };
};

/** Sorts a whole request that did not come back as 200 with items. */
export const requestAnswer = (status: number, error: AnswerError, afterMs?: number): BulkAnswer => {
  const why = explain(status, error);
  if (status === 413) return { split: why, tooLarge: true };
  if (isTransient(status, error)) return afterMs === undefined ? { retry: why } : { retry: why, afterMs };
  if (status === 400) return { split: why, tooLarge: false };
  return { hold: why };
};
