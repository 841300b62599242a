import type { Reason } from './reasons.ts';

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
}

/** Where dead letters go. */
export interface DeadLetters {
  /** Resolves only when every letter is durable; rejects when they are not (the caller keeps them and tries again). */
  put(letters: readonly DeadLetter[]): Promise<void>;
  close(): Promise<void>;
}
