import type { TestProject } from 'vitest/node';
import { testMachine } from '../machine.ts';
import { type Checkers, checkers } from './checkers.ts';
import { goTool } from './go.ts';
import { installPromtool } from './promtool.ts';

interface Tools extends Checkers {
  readonly actionlint: string;
  /** Loads a compose file as docker compose does, and prints what it comes to. */
  readonly composeGo: string;
  readonly gitleaks: string;
  readonly helm: string;
  readonly kubeconform: string;
  readonly promtool: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** The programs that check what is shipped: paths, or what to start with which first arguments. */
    tools: Tools;
  }
}

/**
 * Fetches every program that the tests of `test/deploy` need before the first of them: building one takes minutes, which no
 * test's limit should have to allow for. Tests read where they are with vitest's `inject`.
 */
export const setup = async (project: TestProject): Promise<void> => {
  const machine = testMachine();
  // Go builds with every core: its programs come one after another, beside what is only downloaded.
  const built = async () => ({
    actionlint: await goTool(machine, 'actionlint'),
    kubeconform: await goTool(machine, 'kubeconform'),
    composeGo: await goTool(machine, 'compose-go'),
    gitleaks: await goTool(machine, 'gitleaks'),
    helm: await goTool(machine, 'helm'),
  });
  const [go, python, promtool] = await Promise.all([built(), checkers(machine), installPromtool(machine)]);
  project.provide('tools', { ...go, ...python, promtool });
};
