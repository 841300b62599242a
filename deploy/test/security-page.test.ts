import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { everyPolicy } from './support/statements.ts';
import { everyTemplate, type Resource } from './support/templates.ts';

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');

/** The construct that a role is, without the CDK's own names and hashes. */
const roleOf = (id: string, { Metadata }: Resource): string => {
  const path = Metadata?.['aws:cdk:path'];
  return typeof path === 'string' ? path.replace(/\/(Resource|DefaultPolicy.*)$/, '') : id;
};

/** `role action` of every right that a role of any environment has. */
const inTemplates = (): Set<string> =>
  new Set(
    everyTemplate().flatMap((template) =>
      everyPolicy(template)
        .filter(({ resource }) => /^AWS::IAM::(Role|Policy|ManagedPolicy)$/.test(resource.Type))
        .flatMap(({ id, resource, policies }) =>
          policies
            .filter(({ at }) => at !== 'AssumeRolePolicyDocument')
            .flatMap(({ statements }) => statements.flatMap(({ actions }) => actions))
            .map((action) => `${roleOf(id, resource)} ${action}`),
        ),
    ),
  );

/** The same from the page: a heading per role, a row per action. */
const onPage = (): readonly { readonly right: string; readonly why: string }[] =>
  page.split(/^### /m).flatMap((section) => {
    const role = /^`([^`]+)`/.exec(section)?.[1];
    if (role === undefined) return [];
    return [...section.matchAll(/^\| (`[^|]+`) \|[^|]*\| (.*) \|$/gm)].flatMap(([, actions = '', why = '']) =>
      [...actions.matchAll(/`([^`]+)`/g)].map(([, action]) => ({ right: `${role} ${action}`, why })),
    );
  });

describe('docs/security.md', () => {
  it('has every action of every role, and no other', () => {
    expect(
      onPage()
        .map(({ right }) => right)
        .sort(),
    ).toEqual([...inTemplates()].sort());
  });

  it('says why of each', () => {
    for (const { right, why } of onPage()) expect(why, right).toMatch(/\S+ \S+ \S+/);
  });
});
