import { expect, it } from 'vitest';
import { environmentOf, LABELS, type Label } from './support/environments.ts';
import { everyPolicy, type Statement } from './support/statements.ts';
import { everyTemplate } from './support/templates.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: as CloudFormation writes it
const ACCOUNT = '${AWS::AccountId}';

const lines = ({ effect, sid, principals, actions, resources, condition }: Statement): string[] => [
  `    ${effect}${sid === undefined ? '' : ` (${sid})`}`,
  ...principals.map((who) => `      to   ${who}`),
  ...actions.map((action) => `      may  ${action}`),
  ...resources.map((resource) => `      on   ${resource}`),
  ...(condition === undefined ? [] : [`      if   ${condition}`]),
];

/**
 * Every policy of an environment's stack; its suffix, by which alone environments may differ, is written SUFFIX, and what an asset
 * is named by, which is made of its contents, HASH.
 */
const written = (label: Label, stack: string): string => {
  const { suffix, settings } = environmentOf(label);
  const template = everyTemplate().find((each) => each.label === label && each.stack === stack);
  const policies = template ? everyPolicy(template) : [];
  const text = policies.flatMap(({ id, resource, policies }) => [
    `  ${id}: ${resource.Type}`,
    ...policies.flatMap(({ at, statements }) => [`   ${at}`, ...statements.flatMap(lines)]),
  ]);
  const named = text
    .join('\n')
    .replaceAll(`shardline-${suffix}`, 'shardline-SUFFIX')
    .replaceAll(/\/[0-9a-f]{64}\./g, '/HASH.');
  return settings.account === undefined ? named : named.replaceAll(settings.account, ACCOUNT);
};

it('allows what stands in iam.txt, to whom it stands there, and nothing else', async () => {
  const stacks = [...new Set(everyTemplate().map(({ stack }) => stack))];
  const parts = stacks.flatMap((stack) => {
    const alike = new Map<string, Label[]>();
    for (const label of LABELS) {
      const text = written(label, stack);
      alike.set(text, [...(alike.get(text) ?? []), label]);
    }
    return [...alike].map(([text, labels]) => `${stack} (${labels.join(', ')})\n${text}\n`);
  });
  await expect(parts.join('\n')).toMatchFileSnapshot('iam.txt');
});
