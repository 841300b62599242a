import type { Reason } from '../core/reasons.ts';

/** Why bytes cannot be read; the decoder adds which message of the record it was. */
export interface Fault {
  readonly reason: Reason;
  readonly detail: string;
}
