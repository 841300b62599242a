import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, Aspects, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { TestProject } from 'vitest/node';
import { testMachine } from '../../../test/support/machine.ts';
import { type Checkers, checkers } from '../../../test/support/tools/checkers.ts';
import { compose } from '../../lib/compose.ts';
import { environmentOf, LABELS, type Label } from './environments.ts';

/** One stack of one environment, as it would be deployed. */
export interface Synthesized {
  readonly label: Label;
  /** `network`, `stream`, … */
  readonly stack: string;
  readonly templateFile: string;
  /** What cdk-nag has to say. */
  readonly nag: readonly string[];
}

declare module 'vitest' {
  export interface ProvidedContext {
    synthesized: readonly Synthesized[];
    cfnLint: Checkers['cfnLint'];
  }
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const NAG = Match.stringLikeRegexp('AwsSolutions-');

const cdkContext = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(root, 'deploy', 'cdk.json'), 'utf8')).context;

const synthesize = (label: Label, folder: string): Synthesized[] => {
  const app = new App({
    context: { ...cdkContext(), 'aws:cdk:enable-path-metadata': true },
    outdir: join(folder, label),
  });
  compose(app, environmentOf(label));
  Aspects.of(app).add(new AwsSolutionsChecks({ verbose: true }));
  const assembly = app.synth();
  return app.node.children.filter(Stack.isStack).map((stack) => {
    const annotations = Annotations.fromStack(stack);
    const found = [...annotations.findError('*', NAG), ...annotations.findWarning('*', NAG)];
    return {
      label,
      stack: stack.artifactId,
      templateFile: assembly.getStackArtifact(stack.artifactId).templateFullPath,
      nag: found.map(({ id, entry }) => `${id}: ${String(entry.data)}`),
    };
  });
};

/** Synthesizes every environment once for all tests, which read it with vitest's `inject`. */
export const setup = async (project: TestProject): Promise<() => void> => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache', 'cdk-'));
  const startMs = performance.now();
  const synthesized = LABELS.flatMap((label) => synthesize(label, folder));
  process.stderr.write(
    `${synthesized.length} stacks synthesized in ${((performance.now() - startMs) / 1_000).toFixed(1)} s\n`,
  );
  project.provide('synthesized', synthesized);
  project.provide('cfnLint', (await checkers(testMachine())).cfnLint);
  return () => rmSync(folder, { recursive: true, force: true });
};
