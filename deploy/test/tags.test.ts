import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { leftovers } from '../../scripts/ci/leftovers.ts';

/** The tags that CloudFormation is given for the stacks of an environment, as the CDK's command line reads them. */
const tagsOf = (label: string) =>
  inject('synthesized')
    .filter((one) => one.label === label)
    .map(({ stack, templateFile }) => {
      const { artifacts } = JSON.parse(readFileSync(join(dirname(templateFile), 'manifest.json'), 'utf8'));
      const tags: Record<string, string> = artifacts[stack].properties.tags ?? {};
      return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    });

it('mark the stacks of a preview, so that the nightly sweep finds them when their pull request has gone', () => {
  const stacks = tagsOf('preview').map((Tags) => ({ CreationTime: '2026-01-02T00:00:00Z', Tags }));
  expect(stacks.length).toBeGreaterThan(2);
  for (const stack of stacks) expect(leftovers([stack], [], 9)).toEqual(['pr-7']);
  for (const Tags of tagsOf('prod'))
    expect(leftovers([{ CreationTime: '2026-01-02T00:00:00Z', Tags }], [], 9)).toEqual([]);
});
