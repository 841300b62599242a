import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from '../../../src/local/machine.ts';
import { pythonPackages } from './python.ts';

/** What to start, and its first arguments. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** The checks' programs from Python's registry. */
export interface Checkers {
  readonly cfnLint: Command;
  readonly hadolint: Command;
  readonly yamllint: Command;
  /** Folders of JSON Schemas, named by Kubernetes' version (`v1.37.0-local`), a file per kind. */
  readonly kubernetesSchemas: string;
}

/** Every package with its exact version. */
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** Where those programs are, installed once into the cache. */
export const checkers = async (machine: Machine): Promise<Checkers> => {
  const purpose = 'hadolint, cfn-lint, yamllint and the schemas of Kubernetes';
  const bin = await pythonPackages(machine, { name: 'checkers', purpose, requirements, size: '40 MB' });
  const python = join(bin, 'python');
  const lib = join(bin, '..', 'lib');
  return {
    cfnLint: { command: python, args: ['-c', 'import sys; from cfnlint.runner import main; sys.exit(main())'] },
    hadolint: { command: join(bin, 'hadolint'), args: [] },
    yamllint: { command: python, args: ['-m', 'yamllint'] },
    kubernetesSchemas: join(
      ...[lib, ...readdirSync(lib), 'site-packages'],
      ...['kubernetes_validate', 'kubernetes-json-schema'],
    ),
  };
};
