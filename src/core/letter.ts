import type { Reason } from './reasons.ts';

/** How a letter's record had failed before it was redriven, and failed again. */
export interface EarlierFailure {
  readonly reason: string;
  readonly message: string;
  /** When its letter was written, ISO-8601. */
  readonly writtenAt: string;
  /** When the redrive that tried it again had begun, ISO-8601. */
  readonly redrivenAt: string;
}

/** What is known of a dead letter before it is written; the dead-letter room makes the envelope of it. */
export interface DeadLetter {
  readonly reason: Reason;
  /** What a person should read; never the record's contents. */
  readonly message: string;
  readonly stream: string;
  readonly shard: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  /** Which of the message's documents, counted from 0. */
  readonly ordinal: number;
  readonly partitionKey: string | undefined;
  readonly arrivedMs: number;
  /** The record's bytes exactly as they stood on the stream. */
  readonly raw: Uint8Array;
  /** JSON text of the document, where there was one. */
  readonly document: string | undefined;
  readonly index: string | undefined;
  /** The sink's answer, where it gave one. */
  readonly answer: string | undefined;
  /** Of a letter that was redriven: its failures before this one, the oldest first. */
  readonly history?: readonly EarlierFailure[] | undefined;
}

/** Of one letter: undefined once it is durable, else why it is not; then it has to be put again. */
export type Unkept = string | undefined;

/** Where dead letters go. */
export interface DeadLetters {
  /** Says of each letter, in their order, whether it is durable now. Rejects when that is known of none. */
  put(letters: readonly DeadLetter[], signal: AbortSignal): Promise<readonly Unkept[]>;
  /** Why letters cannot be kept, as far as that shows without writing one; undefined: nothing is known against it. */
  check(signal: AbortSignal): Promise<string | undefined>;
  close(): Promise<void>;
}
