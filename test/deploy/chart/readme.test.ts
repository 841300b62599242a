import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../../../src/local/machine.ts';
import { render } from '../../support/chart/helm.ts';
import { textOf } from '../../support/monitoring.ts';

const folder = mkdtempSync(join(tmpdir(), 'shardline-readme-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const readme = textOf('helm/shardline/README.md');
const examples = [...readme.matchAll(/^```yaml\n(# values\.yaml\n.*?)^```$/gms)].map(([, text = '']) => text);
const map = z.record(z.string(), z.unknown());

/** What the first example says, and what another says of it differently. */
const over = (base: object, more: object): object => {
  const all = new Map<string, unknown>(Object.entries(base));
  for (const [key, value] of Object.entries(more)) {
    const [before, after] = [map.safeParse(all.get(key)), map.safeParse(value)];
    all.set(key, before.success && after.success ? over(before.data, after.data) : value);
  }
  return Object.fromEntries(all);
};

describe('the README of the chart', () => {
  it.each(examples.map((text, i) => [i, text]))('has examples that come to something: %i', async (_, text) => {
    const values = over(map.parse(parse(examples[0] ?? '')), map.parse(parse(String(text))));
    expect((await render(values)).has('Deployment')).toBe(true);
  });

  it('has commands that do what they say', async () => {
    const commands = [...readme.matchAll(/^```sh\n(helm template.*?)\n```$/gms)].map(([, text = '']) => text);
    expect(commands).toHaveLength(1);
    writeFileSync(join(folder, 'values.yaml'), examples[0] ?? '');
    for (const command of commands) {
      const [, ...args] = command.replace('values.yaml', join(folder, 'values.yaml')).split(' ');
      const { helm } = inject('tools');
      const { stdout } = await promisify(execFile)(helm, [...args, '--kube-version', '1.37.0'], { cwd: packageRoot() });
      expect(stdout).toContain('shardline.yaml: |');
    }
  });
});
