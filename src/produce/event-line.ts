/** One event on its way to the stream. */
export interface EventLine {
  /** The line's bytes; empty where it was too long to be kept. */
  readonly data: Uint8Array;
  /** How long the line is. */
  readonly bytes: number;
  /** Where it came from, for a person: `file:line`, or how many events came before it. */
  readonly origin: string;
}

/** A line that the stream cannot take. */
export interface Refusal {
  readonly origin: string;
  readonly bytes: number;
  readonly reason: string;
}
