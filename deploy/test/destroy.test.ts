import { App, Stack } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import { ciStage } from '../../test/support/ci-stage.ts';
import { compose } from '../lib/compose.ts';
import { chooseEnvironment } from '../lib/environment/choose.ts';
import { fileOfEnvironments } from './support/environments.ts';

/** The stacks that the app makes of what a script hands to the CDK's command line. */
const stacksOf = (call: string | undefined): string[] => {
  const said = [...String(call).matchAll(/ -c ([\w.]+)=(\S+)/g)].map(([, key, value]) => [key, value]);
  const app = new App();
  compose(app, chooseEnvironment(fileOfEnvironments(), 'environments.json', Object.fromEntries(said)));
  return app.node.children.filter(Stack.isStack).map(({ stackName }) => stackName);
};

it('destroys every stack of a preview that is deployed: one that stays would hold those that it takes from', async () => {
  const stage = ciStage();
  try {
    const REFERENCE = `1.dkr.ecr.eu-central-1.amazonaws.com/shardline@sha256:${'0'.repeat(64)}`;
    const run = async (script: string, env: Record<string, string>) =>
      (await stage.run(script, { env: { ...env, SUFFIX: 'pr-12' }, commands: { npm: 'exit 1' } })).calls[0];
    const made = stacksOf(await run('deploy.sh', { ENVIRONMENT: 'preview', REFERENCE }));
    expect(made).toContain('shardline-pr-12-service');
    expect(stacksOf(await run('destroy.sh', {}))).toEqual(made);
  } finally {
    stage.close();
  }
});
