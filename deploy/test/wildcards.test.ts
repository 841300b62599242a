import { describe, expect, it } from 'vitest';
import { WILDCARDS } from '../lib/rights/because.ts';
import { everyPolicy, type Statement, wildcardsOf } from './support/statements.ts';
import { everyTemplate, type Resource } from './support/templates.ts';

interface Reason {
  readonly ending: string;
  readonly why: string;
}

const reasonsOf = ({ Metadata }: Resource): Reason[] => {
  const found = Metadata?.[WILDCARDS];
  return Array.isArray(found) ? found : [];
};

const fits = ({ ending }: Reason, text: string): boolean => (ending === '*' ? text === '*' : text.endsWith(ending));

describe('a wildcard in a policy', () => {
  it('has its reason next to it, in every template', () => {
    const bare = everyTemplate().flatMap((template) =>
      everyPolicy(template).flatMap(({ id, resource, policies }) =>
        policies
          .flatMap(({ statements }) => statements.flatMap(wildcardsOf))
          .filter((text) => !reasonsOf(resource).some((reason) => fits(reason, text)))
          .map((text) => `${template.label} ${template.stack} ${id}: ${text}`),
      ),
    );
    expect(bare).toEqual([]);
  });

  it('is there where a reason is, and the reason is a sentence', () => {
    for (const { label, stack, resources } of everyTemplate())
      for (const [id, resource] of Object.entries(resources)) {
        const wild = everyPolicy({ label, stack, resources: { [id]: resource } }).flatMap(({ policies }) =>
          policies.flatMap(({ statements }) => statements.flatMap(wildcardsOf)),
        );
        for (const reason of reasonsOf(resource)) {
          expect(
            wild.some((text) => fits(reason, text)),
            `${id}: ${reason.ending}`,
          ).toBe(true);
          expect(reason.why).toMatch(/^.{20,}\.$/);
        }
      }
  });

  it('is seen in actions, resources, principals, policies of AWS’s own and in what is left out', () => {
    const narrow: Statement = {
      effect: 'Allow',
      sid: undefined,
      principals: ['Service s3.amazonaws.com'],
      actions: ['s3:PutObject'],
      resources: ['arn:aws:s3:::bucket'],
      condition: undefined,
    };
    expect(wildcardsOf(narrow)).toEqual([]);
    expect(wildcardsOf({ ...narrow, actions: ['s3:Put*'] })).toEqual(['s3:Put*']);
    expect(wildcardsOf({ ...narrow, actions: ['all but s3:PutObject *'] })).toHaveLength(1);
    expect(wildcardsOf({ ...narrow, resources: ['arn:aws:s3:::bucket/*'] })).toHaveLength(1);
    expect(wildcardsOf({ ...narrow, principals: ['AWS *'] })).toEqual(['*']);
    expect(wildcardsOf({ ...narrow, principals: ['*'] })).toEqual(['*']);
    expect(wildcardsOf({ ...narrow, actions: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] })).toHaveLength(1);
    expect(wildcardsOf({ ...narrow, effect: 'Deny', actions: ['*'] })).toEqual([]);
  });
});
