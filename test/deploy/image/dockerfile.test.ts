import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import { packageRoot } from '../../../src/local/machine.ts';
import { dockerStages, execForm, holds, pairs, said } from '../../support/image/dockerfile.ts';

const run = promisify(execFile);
const [before = [], content = [], service = []] = dockerStages();
/** How a Dockerfile refers to an argument. */
const reference = (name: string): string => `\${${name}}`;
const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));

it('is clean by hadolint, down to its style, without exceptions', async () => {
  const { command, args } = inject('tools').hadolint;
  const strict = ['--failure-threshold', 'style', '--disable-ignore-pragma'];
  expect((await run(command, [...args, ...strict, join(packageRoot(), 'Dockerfile')])).stdout).toBe('');
});

it('runs on the Node that the tests run on, and can be given another base', () => {
  const { NODE_VERSION, BASE } = pairs(said(before, 'ARG'));
  expect(NODE_VERSION).toBe(manifest.devDependencies.node);
  expect(`v${NODE_VERSION}`).toBe(process.version);
  expect(BASE).toBe(`node:${reference('NODE_VERSION')}-bookworm-slim`);
  expect(holds(service, 'FROM')).toBe(reference('BASE'));
});

it('makes its content on the builder, whatever it is built for, and runs nothing for the target', () => {
  expect(said(content, 'FROM')[0]?.flags).toEqual({ platform: '$BUILDPLATFORM' });
  expect(said(service, 'RUN')).toEqual([]);
  expect(said(service, 'COPY').map(({ flags }) => flags.from)).toEqual(['content', 'content']);
});

it('runs without a shell, as nobody that the machine knows, and is stopped by SIGTERM itself', () => {
  expect(holds(service, 'USER')).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
  const [program, ...words] = execForm(holds(service, 'ENTRYPOINT'));
  expect([program, words.at(-1)]).toEqual(['node', '/app/bin/shardline.js']);
  expect(execForm(holds(service, 'CMD'))).toEqual(['run']);
  expect(execForm(holds(service, 'HEALTHCHECK'))).toEqual(['node', '/app/bin/shardline.js', 'livez']);
  expect(said(service, 'STOPSIGNAL')).toEqual([]);
  expect(said(service, 'VOLUME')).toEqual([]);
});

it('gives the worker what it would otherwise begin anew for', async () => {
  const { allocation, youngGeneration } = await import(new URL('../../../bin/heap.js', import.meta.url).href);
  expect(youngGeneration(execForm(holds(service, 'ENTRYPOINT')))).toEqual([]);
  expect(pairs(said(service, 'ENV'))).toMatchObject(allocation({}));
});

it('is labelled with what it is', () => {
  const labels = pairs(said(service, 'LABEL'));
  expect(Object.keys(labels).map((label) => label.replace('org.opencontainers.image.', ''))).toEqual([
    'title',
    'description',
    'licenses',
    'version',
    'revision',
    'base.name',
  ]);
  expect(pairs(said(service, 'ARG'))).toMatchObject({ VERSION: manifest.version });
  expect(labels['org.opencontainers.image.licenses']).toBe(manifest.license);
});
