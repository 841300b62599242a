/** An object as a listing shows it. */
export interface Found {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Reads and clears a bucket. What may pass (throttling, an outage) is waited for until the signal aborts. */
export interface Bucket {
  /** What error messages name it. */
  readonly url: string;
  /** Objects below a prefix, in the order of their keys, page by page. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<readonly Found[]>;
  /** What comes before the next slash in keys below a prefix, each with its slash. */
  folders(prefix: string, signal: AbortSignal): AsyncIterable<readonly string[]>;
  /** An object's bytes in pieces; none when it is not there. Throws when it goes or changes meanwhile. */
  read(key: string, signal: AbortSignal): AsyncIterable<Buffer>;
  /** Resolves once it is durable; what stood there is replaced. */
  put(key: string, bytes: Buffer, signal: AbortSignal): Promise<void>;
  remove(keys: readonly string[], signal: AbortSignal): Promise<void>;
  close(): void;
}
