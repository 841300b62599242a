import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { type Lock, productionPackages } from './content.ts';

interface Manifest {
  readonly name: string;
  readonly devDependencies?: unknown;
}

const npmSbom = (folder: string): string => {
  const { npm_execpath: cli } = env;
  const npm = cli?.endsWith('.js') ? [execPath, cli] : ['npm'];
  const asked = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const [command = 'npm', ...args] = [...npm, ...asked];
  const made = spawnSync(command, args, { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (made.status !== 0) throw new Error(`npm sbom failed: ${made.error?.message ?? made.stderr}`);
  return made.stdout;
};

/**
 * CycloneDX of what the service depends on, by npm itself. npm is shown nothing but that: told to leave out development
 * dependencies, it also leaves out packages that those have in common with the service (seen with npm 11: yaml, zod and
 * three more). Without serial number and time, which differ at each call.
 */
export const sbom = (manifest: Manifest, lock: Lock): string => {
  const folder = mkdtempSync(join(tmpdir(), 'shardline-sbom-'));
  try {
    const { devDependencies: _, ...needed } = manifest;
    const packages = Object.fromEntries(productionPackages(lock).map((path) => [path, lock.packages[path]]));
    writeFileSync(join(folder, 'package.json'), JSON.stringify(needed));
    writeFileSync(
      join(folder, 'package-lock.json'),
      JSON.stringify({ ...lock, packages: { '': needed, ...packages } }),
    );
    const { serialNumber: __, metadata, ...bom } = JSON.parse(npmSbom(folder));
    const { timestamp: ___, ...told } = metadata;
    // npm takes the folder's name for the package's.
    const component = { ...told.component, name: manifest.name };
    return `${JSON.stringify({ ...bom, metadata: { ...told, component } }, undefined, 2)}\n`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
