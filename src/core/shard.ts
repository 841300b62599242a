/** A shard as ListShards or ChildShards tells of it. */
export interface Shard {
  readonly id: string;
  /** No parents, one (split) or two (merge). A parent whose data is trimmed may no longer be listed. */
  readonly parents: readonly string[];
  /** Inclusive 128-bit range as decimal text. */
  readonly hashRange: { readonly start: string; readonly end: string } | undefined;
}
