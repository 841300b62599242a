/** Where an iterator stands. Self-contained, so that the server remembers nothing of iterators. */
export interface IteratorToken {
  readonly stream: string;
  /** Tells a stream from an earlier one of the same name. */
  readonly streamCreatedMs: number;
  readonly shardIndex: number;
  readonly ordinal: number;
  readonly issuedMs: number;
}

/** Where a listing of shards goes on, with what it was begun with. */
export interface ListToken {
  readonly stream: string;
  readonly streamCreatedMs: number;
  readonly filter: unknown;
  readonly afterShardId: string;
  readonly issuedMs: number;
}

const seal = (kind: string, parts: readonly unknown[]): string =>
  Buffer.from(JSON.stringify([kind, ...parts])).toString('base64');

const unseal = (kind: string, token: string): readonly unknown[] | undefined => {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64').toString());
    return Array.isArray(parts) && parts[0] === kind ? parts.slice(1) : undefined;
  } catch {
    return undefined;
  }
};

export const sealIterator = (token: IteratorToken): string =>
  seal('iterator', [token.stream, token.streamCreatedMs, token.shardIndex, token.ordinal, token.issuedMs]);

/** Reads an iterator; undefined for anything the server never gave out. */
export const openIterator = (text: string): IteratorToken | undefined => {
  const [stream, streamCreatedMs, shardIndex, ordinal, issuedMs] = unseal('iterator', text) ?? [];
  if (typeof stream !== 'string' || typeof streamCreatedMs !== 'number') return undefined;
  if (typeof shardIndex !== 'number' || typeof ordinal !== 'number' || typeof issuedMs !== 'number') return undefined;
  return { stream, streamCreatedMs, shardIndex, ordinal, issuedMs };
};

export const sealList = (token: ListToken): string =>
  seal('list', [token.stream, token.streamCreatedMs, token.filter, token.afterShardId, token.issuedMs]);

export const openList = (text: string): ListToken | undefined => {
  const [stream, streamCreatedMs, filter, afterShardId, issuedMs] = unseal('list', text) ?? [];
  if (typeof stream !== 'string' || typeof streamCreatedMs !== 'number') return undefined;
  if (typeof afterShardId !== 'string' || typeof issuedMs !== 'number') return undefined;
  return { stream, streamCreatedMs, filter, afterShardId, issuedMs };
};
