import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { deploymentsOf, WAYS } from '../../test/support/deploy-page.ts';
import { compose } from '../lib/compose.ts';
import { chooseEnvironment } from '../lib/environment/choose.ts';
import { fileOfEnvironments } from './support/environments.ts';

const deployments = WAYS.flatMap((way) => deploymentsOf(way).map((each) => ({ way, ...each })));

describe('what docs/deploy.md deploys', () => {
  it('is something on each of three ways', () => {
    expect(deployments.map(({ way }) => way)).toEqual(['ECS on Fargate', 'EKS', 'Without servers']);
  });

  it.each(deployments)(
    'can be made: $way',
    ({ stacks, context }) => {
      const app = new App();
      compose(app, chooseEnvironment(fileOfEnvironments(), 'environments.json', context));
      const made = app.synth().stacks;
      const ids = made.map(({ id }) => id);
      for (const stack of stacks) if (stack !== '--all') expect(ids).toContain(stack);
      // By these names the page speaks of them afterwards.
      for (const { stackName } of made) expect(stackName).toMatch(/^shardline-dev-/);
      const templates = JSON.stringify(made.map(({ template }) => template));
      if (stacks.includes('--all')) expect(templates).toMatch(/"ServiceName":"shardline-dev"/);
      if (stacks.includes('service') && context['service.platform'] === 'eks')
        expect(templates).toContain('HelmValues');
    },
    120_000,
  );
});
