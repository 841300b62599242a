import { type Finding, fail, ok } from './finding.ts';

export interface RightsFacts {
  readonly index: string;
  /** Whether the index is there. */
  readonly exists: boolean;
  /** What does not work, and what OpenSearch says of it. */
  readonly forbidden: readonly { readonly what: string; readonly why: string }[];
}

/** What a worker does with an index of ours, as far as it can be tried without changing anything. */
export const judgeRights = ({ index, exists, forbidden }: RightsFacts): readonly Finding[] => {
  const fix = 'grant what it names (docs/opensearch-auth.md lists all that a worker needs), or lift the block';
  if (forbidden.length > 0)
    return forbidden.map(({ what, why }) => fail('opensearch-rights', `cannot ${what} in ${index}: ${why}`, fix));
  if (exists) return [ok('opensearch-rights', `documents of ${index} may be read and written`)];
  const text = `nothing is refused; whether we may make ${index} and write there shows only when it is there`;
  return [ok('opensearch-rights', text)];
};
