/** Keeps texts under keys, such as a bucket does. */
export interface Store {
  /** Resolves with the text's address once it is durable. What stood under the key is replaced. */
  put(key: string, text: string, signal: AbortSignal): Promise<string>;
  /** Why nothing can be kept, as far as that shows without writing; undefined: nothing is known against it. */
  check(signal: AbortSignal): Promise<string | undefined>;
  close(): void;
}
