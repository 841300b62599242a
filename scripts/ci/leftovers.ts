// Usage: node scripts/ci/leftovers.ts STACKS.json OPEN.json MOST
// STACKS: what `aws cloudformation describe-stacks` prints; OPEN: what `gh pr list --json number` prints. Prints the suffixes of
// the previews that belong to no open pull request, one a line, the oldest first, at most MOST.
import { readFileSync } from 'node:fs';
import process from 'node:process';

export interface Stack {
  readonly CreationTime: string;
  /** Of the stack that this one is nested in. */
  readonly ParentId?: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

/** Only what the CDK app tagged as the preview of a pull request: engineers' own previews have other suffixes. */
export const leftovers = (
  stacks: readonly Stack[],
  open: readonly { readonly number: number }[],
  most: number,
): readonly string[] => {
  const wanted = new Set(open.map(({ number }) => `pr-${number}`));
  const since = new Map<string, number>();
  for (const { CreationTime, ParentId, Tags = [] } of stacks) {
    const tagOf = (key: string) => Tags.find((tag) => tag.Key === key)?.Value ?? '';
    const suffix = tagOf('suffix');
    const ours = tagOf('environment') === 'preview' && /^pr-[1-9]\d{0,6}$/.test(suffix);
    if (!ours || ParentId || wanted.has(suffix)) continue;
    const createdMs = Date.parse(CreationTime);
    since.set(suffix, Math.min(since.get(suffix) ?? createdMs, createdMs));
  }
  return [...since]
    .sort(([, a], [, b]) => a - b)
    .slice(0, most)
    .map(([suffix]) => suffix);
};

const main = (args: readonly string[]): number => {
  const [stacks, open, most] = args;
  if (!stacks || !open || !/^\d+$/.test(most ?? '')) {
    process.stderr.write('usage: leftovers.ts STACKS.json OPEN.json MOST\n');
    return 2;
  }
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
  for (const suffix of leftovers(read(stacks).Stacks, read(open), Number(most))) process.stdout.write(`${suffix}\n`);
  return 0;
};

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
