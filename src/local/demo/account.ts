import type { PlayCounts } from './chart.ts';
import { accountedFor, type Counts, letterCount, sum } from './counts.ts';
import type { IndexCounts } from './indices.ts';

/** Everything that must agree at the end of a demo. */
export interface Account {
  readonly produced: number;
  readonly counts: Counts;
  readonly indicesBefore: IndexCounts;
  readonly indices: IndexCounts;
  readonly lettersOnDisk: Readonly<Record<string, number>>;
  /** How many of the produced lines are events for the first time, where that is known. */
  readonly expectedDocuments: number | undefined;
  /** What the Spark job has counted, where there is one. */
  readonly plays: PlayCounts | undefined;
}

const differences = (account: Account): string[] => {
  const { produced, counts, lettersOnDisk, expectedDocuments, plays } = account;
  const found = sum(account.indices.values()) - sum(account.indicesBefore.values());
  const onDisk = sum(Object.values(lettersOnDisk));
  const pairs: readonly (readonly [string, number, string, number])[] = [
    ['events accounted for', accountedFor(counts), 'produced', produced],
    ['documents in OpenSearch', found, 'indexed by the worker', counts.indexed],
    ['dead letters on disk', onDisk, 'counted by the worker', letterCount(counts)],
    ['documents indexed', counts.indexed, 'different sound events produced', expectedDocuments ?? counts.indexed],
    ['plays counted by trending', plays?.counted ?? 0, 'plays indexed by the worker', plays?.indexed ?? 0],
  ];
  return pairs
    .filter(([, is, , should]) => is !== should)
    .map(
      ([what, is, other, should]) =>
        `${what}: ${is}, but ${other}: ${should} (${Math.abs(is - should)} ${is < should ? 'missing' : 'too many'})`,
    );
};

/** The closing report: a line per index, dead letters by reason, the sum; and what of it does not agree. */
export const closeAccount = (
  account: Account,
): { readonly lines: readonly string[]; readonly wrong: readonly string[] } => {
  const { produced, counts, indices, indicesBefore, lettersOnDisk, plays } = account;
  const width = Math.max(...[...indices.keys()].map((name) => name.length), 0);
  const rows = [...indices].map(([name, count]) => {
    const before = indicesBefore.get(name) ?? 0;
    return `${name.padEnd(width)}  ${count}${before === 0 ? '' : `  (${before} of them were there before)`}`;
  });
  const reasons = Object.entries(lettersOnDisk).sort(([a], [b]) => (a < b ? -1 : 1));
  const wrong = differences(account);
  const parts = `${counts.indexed} indexed + ${counts.duplicates} duplicates + ${letterCount(counts)} dead letters`;
  return {
    lines: [
      ...rows,
      ...reasons.map(([reason, count]) => `dead letters, ${reason}: ${count}`),
      `sum: ${parts} = ${accountedFor(counts)} of ${produced} produced`,
      ...(plays ? [`trending: ${plays.counted} plays of ${plays.artists} artists, of ${plays.indexed} indexed`] : []),
    ],
    wrong,
  };
};
