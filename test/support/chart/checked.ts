import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Rendered } from './helm.ts';

const BIN = fileURLToPath(new URL('../../../bin/shardline.js', import.meta.url));

const configMap = z.object({ data: z.object({ 'shardline.yaml': z.string() }) });
const variable = z.object({ name: z.string(), value: z.string() });
const deployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({ containers: z.array(z.object({ name: z.string(), env: z.array(variable).default([]) })) }),
    }),
  }),
});

/** What `shardline check` makes of the file and the variables that a worker of this release gets; rejects when it refuses them. */
export const checked = async (made: Rendered): Promise<{ readonly notes: string; readonly config: unknown }> => {
  const worker = deployment.parse(made.the('Deployment'));
  const { name } = made.the('Deployment').metadata;
  const file = made.all.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
  const env = worker.spec.template.spec.containers.find((each) => each.name === 'shardline')?.env ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'shardline-checked-'));
  try {
    writeFileSync(join(folder, 'shardline.yaml'), configMap.parse(file).data['shardline.yaml']);
    const { stdout, stderr } = await promisify(execFile)(BIN, ['check'], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...Object.fromEntries(env.map((each) => [each.name, each.value])) },
    });
    return { notes: stderr, config: parse(stdout) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
