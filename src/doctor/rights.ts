import { type Finding, fail, ok } from './finding.ts';

/** What a worker does with an index of ours, as far as it can be tried without changing anything. */
export const judgeRights = (
  forbidden: readonly { readonly what: string; readonly why: string }[],
  index: string,
  exists: boolean,
): readonly Finding[] => {
  const fix = 'grant what it names; docs/opensearch-auth.md lists all that a worker needs';
  if (forbidden.length > 0)
    return forbidden.map(({ what, why }) => fail('opensearch-rights', `may not ${what} in ${index}: ${why}`, fix));
  const untried = exists ? '' : '; whether we may make it is not tried, for that would make it';
  return [ok('opensearch-rights', `documents of ${index} may be read and written${untried}`)];
};
