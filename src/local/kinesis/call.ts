import type { Account } from './account.ts';
import type { Faults } from './faults.ts';
import type { Fields } from './fields.ts';
import type { Rates } from './rates.ts';

/** One request on its way through an operation. */
export interface Call {
  readonly fields: Fields;
  readonly account: Account;
  readonly rates: Rates;
  readonly faults: Faults;
  /** Wall time of the request, epoch milliseconds. */
  readonly nowMs: number;
}

/** What an operation answers: an object for JSON, the bytes of JSON already made, or nothing (an empty body). */
export type Answer = object | Buffer | undefined;

export type Operation = (call: Call) => Answer;
