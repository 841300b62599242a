import type { Special } from '../core/message.ts';

/** OpenSearch's word for no pipeline at all, also where the index has one of its own. */
const NO_PIPELINE = '_none';

/**
 * The action line of a special document, without its line end. A deleted one is written like any other: its tombstone
 * holds the version, so that nothing older can come back. Pure.
 */
export const actionOf = ({ op, version, routing, pipeline }: Special, index: string, id: string): string => {
  const named = { _index: index, _id: id, routing, pipeline: op === 'delete' ? NO_PIPELINE : pipeline };
  const meta = JSON.stringify(named);
  if (version === undefined) return `{"create":${meta}}`;
  // As text: a JavaScript number would lose digits of large ones.
  return `{"index":${meta.slice(0, -1)},"version":${version},"version_type":"external_gte"}}`;
};
