// The CDK's command line runs it: cdk deploy --all -c env=dev
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { compose } from '../lib/compose.ts';
import { chooseEnvironment } from '../lib/environment/choose.ts';
import { EnvironmentError } from '../lib/environment/problem.ts';

const OURS = fileURLToPath(new URL('../environments.json', import.meta.url));

const readJson = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const says = `cannot be read (${why}): expected a file of JSON with a mapping of environments`;
    throw new EnvironmentError([{ key: 'environments', from: '-c', value: file, says }]);
  }
};

const app = new App();
const { environments = OURS, ...context } = app.node.getAllContext();
try {
  compose(app, chooseEnvironment(readJson(String(environments)), String(environments), context));
} catch (error) {
  if (!(error instanceof EnvironmentError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
