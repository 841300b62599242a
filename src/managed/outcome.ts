import type { Special } from '../core/message.ts';
import type { ManagedReason } from './reasons.ts';

/** Why a record failed. */
export interface Failure {
  readonly reason: ManagedReason;
  /** For people; never the record's contents. */
  readonly message: string;
  readonly subSequenceNumber: number;
  readonly ordinal: number;
  /** How often each reason was met, where the record held more than one failure. */
  readonly failures?: Readonly<Record<string, number>> | undefined;
}

/** What a record has become so far. */
export interface Made {
  documents: number;
  /** The only document, in base64; undefined: there is none, or no room for it in the answer. */
  data: string | undefined;
  special: Special | undefined;
  /** The first failure, and how many there were by reason. */
  first: Failure | undefined;
  readonly failures: Map<ManagedReason, number>;
  /** Whether all of the record was looked at. */
  walked: boolean;
}

export type Outcome =
  | { readonly result: 'Ok'; readonly data: string }
  | { readonly result: 'Dropped' }
  | { readonly result: 'ProcessingFailed'; readonly failure: Failure };

export const nothingYet = (): Made => ({
  documents: 0,
  data: undefined,
  special: undefined,
  first: undefined,
  failures: new Map(),
  walked: false,
});

const failed = (reason: ManagedReason, message: string, made?: Made): Outcome => {
  const failures = made?.first && Object.fromEntries(made.failures);
  return { result: 'ProcessingFailed', failure: { reason, message, subSequenceNumber: 0, ordinal: 0, failures } };
};

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Firehose creates documents under ids of its own in one index: it can do nothing else with them. */
const isPlain = ({ op, index, routing, pipeline }: Special): boolean =>
  op === 'create' && index === undefined && routing === undefined && pipeline === undefined;

/**
 * What Firehose is told of a record. One that is a document and a failure at once would lose one of them, so it fails
 * whole, like one that is two documents. Pure.
 */
export const outcomeOf = (made: Made): Outcome => {
  const { documents, data, special, first, failures, walked } = made;
  if (!walked)
    return failed('out-of-time', 'the time of the invocation was over before it; raise the timeout or the memory');
  const letters = [...failures.values()].reduce((sum, count) => sum + count, 0);
  if (documents > 1 || (documents === 1 && letters > 0)) {
    const became = [counted(documents, 'document'), ...(letters > 0 ? [counted(letters, 'failure')] : [])];
    return failed(
      'fan-out-unsupported',
      `it became ${became.join(' and ')}; Firehose takes one document for a record`,
      made,
    );
  }
  if (first)
    return {
      result: 'ProcessingFailed',
      failure: letters === 1 ? first : { ...first, failures: Object.fromEntries(failures) },
    };
  if (documents === 0) return { result: 'Dropped' };
  if (special && !isPlain(special))
    return failed(
      'operation-unsupported',
      'its document has an op, index, routing or pipeline of its own; Firehose only creates',
    );
  return data === undefined
    ? failed(
        'answer-too-large',
        'no room is left for it in the 6 MB of the answer; make the buffer before the function smaller',
      )
    : { result: 'Ok', data };
};
