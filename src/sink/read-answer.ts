import type { Delivery } from '../core/delivery.ts';
import type { Pace } from './pace.ts';
import { isTaken } from './sort-answer.ts';
import type { Answered } from './steering.ts';
import type { BulkAnswer } from './target.ts';

/** What one request's answer comes to, in counts. */
export interface AnswerSums {
  readonly outcome: 'ok' | 'partial' | 'retry' | 'split' | 'hold';
  readonly documents: number;
  readonly bytes: number;
  /** Documents that were not taken and go again. */
  readonly resent: number;
  /** For the pace; undefined when the answer says nothing about it. */
  readonly pace: Answered['outcome'] | undefined;
  readonly isTooLarge: boolean;
}

/** Pure. */
export const readAnswer = (answer: BulkAnswer, batch: readonly Delivery[]): AnswerSums => {
  const documents = batch.length;
  let bytes = 0;
  for (const delivery of batch) bytes += delivery.bytes;
  const whole = { documents, bytes, resent: documents, isTooLarge: false };
  if ('split' in answer) return { ...whole, outcome: 'split', pace: undefined, isTooLarge: answer.tooLarge };
  if ('hold' in answer) return { ...whole, outcome: 'hold', pace: 'failed' };
  if ('retry' in answer) {
    const { isBusy, isLate } = answer;
    return { ...whole, outcome: 'retry', pace: isBusy ? 'busy' : isLate ? 'late' : 'failed' };
  }
  let good = 0;
  let resent = 0;
  let lost = 0;
  for (const [i, item] of answer.items.entries()) {
    if (isTaken(item)) good += 1;
    else if (item.status !== 'retry') continue;
    else if (batch[i]?.lost.aborted) lost += 1;
    else resent += 1;
  }
  // What was not sent, because its lease is lost, was not too much.
  return { ...whole, outcome: good === documents ? 'ok' : 'partial', resent, pace: lost === 0 ? 'taken' : undefined };
};

/** What is known of a request beside its answer. */
interface Timing {
  readonly sentMs: number;
  readonly endedMs: number;
  readonly usual: { readonly isLimited: boolean } | undefined;
}

/** Every request may teach how large one may be; only the usual ones say how many are good. */
export const tellPace = (pace: Pace, sums: AnswerSums, { sentMs, endedMs, usual }: Timing): void => {
  if (sums.isTooLarge) pace.refused(sums.bytes, endedMs);
  if (sums.pace === 'taken') pace.taken(sums.bytes, endedMs);
  if (!usual || !sums.pace) return;
  const { documents, bytes, resent, pace: outcome } = sums;
  pace.answered({ outcome, documents, bytes, rejected: resent, sentMs, endedMs, isLimited: usual.isLimited });
};
