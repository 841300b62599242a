import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from '../../../src/local/machine.ts';
import { pythonPackages } from '../../../src/local/python-packages.ts';

/** What to start, and its first arguments. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** The checks' programs from Python's registry. */
export interface Checkers {
  readonly cfnLint: Command;
  /** Takes a file; prints what is against it by the schema of CycloneDX 1.5, and nothing else. */
  readonly cyclonedx: Command;
  readonly hadolint: Command;
  readonly yamllint: Command;
  /** Where it is: actionlint looks for it on the PATH. */
  readonly shellcheck: string;
  readonly zizmor: string;
  /** Folders of JSON Schemas, named by Kubernetes' version (`v1.37.0-local`), a file per kind. */
  readonly kubernetesSchemas: string;
}

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Every package with its exact version. */
const requirements = beside('requirements.txt');

/** Where those programs are, installed once into the cache. */
export const checkers = async (machine: Machine): Promise<Checkers> => {
  const purpose = 'hadolint, cfn-lint, yamllint, shellcheck, zizmor and the schemas of Kubernetes and CycloneDX';
  const bin = await pythonPackages(machine, { name: 'checkers', purpose, requirements, size: '64 MB' });
  const python = join(bin, 'python');
  const lib = join(bin, '..', 'lib');
  return {
    cfnLint: { command: python, args: ['-c', 'import sys; from cfnlint.runner import main; sys.exit(main())'] },
    cyclonedx: { command: python, args: [beside('validate_cyclonedx.py')] },
    hadolint: { command: join(bin, 'hadolint'), args: [] },
    yamllint: { command: python, args: ['-m', 'yamllint'] },
    shellcheck: join(bin, 'shellcheck'),
    zizmor: join(bin, 'zizmor'),
    kubernetesSchemas: join(
      ...[lib, ...readdirSync(lib), 'site-packages'],
      ...['kubernetes_validate', 'kubernetes-json-schema'],
    ),
  };
};
