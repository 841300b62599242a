// The CDK's command line runs it: cdk deploy --all -c env=dev
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { compose } from '../lib/compose.ts';
import { chooseEnvironment } from '../lib/environment/choose.ts';
import { EnvironmentError } from '../lib/environment/problem.ts';

const app = new App();
const { environments, ...context } = app.node.getAllContext();
try {
  const file =
    typeof environments === 'string' ? environments : fileURLToPath(new URL('../environments.json', import.meta.url));
  compose(app, chooseEnvironment(JSON.parse(readFileSync(file, 'utf8')), file, context));
} catch (error) {
  if (!(error instanceof EnvironmentError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
