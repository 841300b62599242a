import type { BulkAnswer, Verdict } from './target.ts';
import { ITEM_ROWS, REQUEST_ROWS, type Row } from './verdict-table.ts';

/** The error of a bulk item or a whole answer, as far as it is known. */
export interface AnswerError {
  readonly type?: string;
  readonly reason?: string;
  /** Which index it is about. */
  readonly index?: string;
  readonly caused_by?: { readonly type?: string; readonly reason?: string };
}

const fitsStatus = (statuses: string, status: number | undefined): boolean =>
  statuses === 'any'
    ? status !== undefined
    : statuses.split(' ').some((each) => {
        if (status === undefined) return each === 'none';
        return each.endsWith('xx') ? Math.floor(status / 100) === Number(each[0]) : Number(each) === status;
      });

const fitsWords = (words: string, error: AnswerError | undefined, asked: string): boolean => {
  if (words === '') return true;
  if (words === '-') return error === undefined;
  const said = [asked, error?.type ?? '', error?.reason ?? ''].filter((each) => each !== '');
  return new RegExp(words).test(said.join(' '));
};

/** The first row that fits. Every table ends with one that fits all. `asked`: the operation, with its result. */
export const findRow = <A extends string>(
  rows: readonly Row<A>[],
  status: number | undefined,
  error: AnswerError | undefined,
  asked = '',
): Row<A> => {
  const row = rows.find(([, statuses, words]) => fitsStatus(statuses, status) && fitsWords(words, error, asked));
  if (!row) throw new Error(`no verdict for ${status} ${error?.type}`);
  return row;
};

/** Status, type, reason and deepest cause in one line, for people. */
export const explain = (status: number, error: AnswerError): string => {
  const cause = error.caused_by?.reason ? ` (${error.caused_by.reason})` : '';
  return `${status} ${error.type ?? 'unknown'}: ${error.reason ?? 'no reason given'}${cause}`;
};

const OK: Verdict = { status: 'ok' };
const STALE: Verdict = { status: 'stale' };
const DROPPED: Verdict = { status: 'dropped' };

/** Where the taken id stands: a pipeline may have changed both since the document was sent. */
const existing = ({ index, reason = '' }: AnswerError): Verdict => {
  const id = /^\[(.*)\]: version conflict/s.exec(reason)?.[1];
  return { status: 'exists', ...(index === undefined ? {} : { index }), ...(id === undefined ? {} : { id }) };
};

/** Sorts one item of a bulk answer. `asked`: `create` or `index`, and behind the latter the result, if there is one. */
export const itemVerdict = (status: number, error: AnswerError | undefined, asked = 'create'): Verdict => {
  // Nearly every document of a stream meets this row: no need to look for it.
  if (!error && status === 201) return OK;
  const [, , , action] = findRow(ITEM_ROWS, status, error, asked);
  if (action === 'ok') return OK;
  if (action === 'stale') return STALE;
  if (action === 'dropped') return DROPPED;
  return action === 'exists' ? existing(error ?? {}) : { status: action, why: explain(status, error ?? {}) };
};

/** Sorts a request that was not answered document by document; without a status there was no answer at all. */
export const requestAnswer = (status: number | undefined, error: AnswerError, afterMs?: number): BulkAnswer => {
  const [name, , , action] = findRow(REQUEST_ROWS, status, error);
  const why = status === undefined || status === 200 ? (error.reason ?? '') : explain(status, error);
  if (action === 'split') return { split: why, tooLarge: name === 'too-large' };
  if (action === 'hold') return { hold: why };
  const isBusy = name === 'busy';
  const isLate = status === 504 || (status === undefined && why.startsWith('TimeoutError'));
  return {
    retry: why,
    isBusy,
    ...(isLate ? { isLate } : {}),
    ...(afterMs === undefined ? {} : { afterMs }),
  };
};
