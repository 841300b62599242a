import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Lock, productionPackages } from '../../../scripts/image/content.ts';
import { packageRoot } from '../../../src/local/machine.ts';
import { allFiles } from '../../support/image/files.ts';
import { missingFiles } from '../../support/image/missing.ts';
import { dockerContext, type ImageTree, imageTree } from '../../support/image/tree.ts';

const MIB = 1024 * 1024;
const run = promisify(execFile);
const root = packageRoot();
const folder = mkdtempSync(join(tmpdir(), 'shardline-image-test-'));
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;

let tree: ImageTree;
let app: string;
let files: readonly string[];

beforeAll(async () => {
  tree = await imageTree(folder);
  app = join(tree.path, 'app');
  files = allFiles(app);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the image's content", () => {
  it('is the same bytes when it is made again from what Docker is sent, with another umask', async () => {
    const context = dockerContext();
    const again = await imageTree(folder, context, '077');
    rmSync(context, { recursive: true });
    expect({ ...again, path: '' }).toEqual({ ...tree, path: '' });
  });

  it('stays far under 120 MiB', () => {
    expect(tree.files).toBe(files.length);
    expect(tree.bytes).toBeLessThan(20 * MIB);
  });

  it('is code, manifests and licences, without what only the demo, tests or readers need', () => {
    const strange = files.filter(
      (file) => !/\.(?:[cm]?js|json)$|\/licen[cs]e[^/]*$|^LICENSE$|\/(?:copyright)?notice[^/]*$/i.test(file),
    );
    expect(strange).toEqual([]);
    const needless =
      /\.d\.[cm]?ts$|\.map$|^dist\/local\/|^dist\/.*\.ts$|node_modules\/[^/]+\/(?:test|docs|benchmarks)\//;
    expect(files.filter((file) => needless.test(file))).toEqual([]);
    expect(files.filter((file) => /^node_modules\/(?:typescript|vitest|node|knip)\//.test(file))).toEqual([]);
  });

  it('has every package of the lock that is no development dependency, each with its licence where it ships one', () => {
    const packages = productionPackages(lock);
    const there = files.filter((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(file));
    expect(there.map((file) => dirname(file)).sort()).toEqual([...packages]);
    const unlicensed = packages.filter(
      (path) => existsSync(join(root, path, 'LICENSE')) && !existsSync(join(app, path, 'LICENSE')),
    );
    expect(unlicensed).toEqual([]);
  });

  it('lacks nothing that its files name', () => {
    expect(
      missingFiles(
        app,
        root,
        files.filter((file) => file.startsWith('node_modules/')),
      ),
    ).toEqual([]);
  });

  it('can load every module of its own and every package', async () => {
    const loader = fileURLToPath(new URL('../../support/image/load-all.mjs', import.meta.url));
    const own = files.filter((file) => file.startsWith('dist/') && file !== 'dist/main.js');
    expect(own.length).toBeGreaterThan(100);
    expect(JSON.parse((await run(process.execPath, [loader, app, ...own])).stdout)).toEqual([]);
    const packages = productionPackages(lock);
    const [here, there] = await Promise.all([app, root].map((at) => run(process.execPath, [loader, at, ...packages])));
    expect(JSON.parse(here?.stdout ?? '')).toEqual(JSON.parse(there?.stdout ?? ''));
  });

  it('says that the demo is no part of it', async () => {
    await expect(run(process.execPath, [join(app, 'bin', 'shardline.js'), 'demo'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^shardline: the demo is no part of the container image: .*SHARDLINE_LOCAL_TOOL_MISSING/,
      ),
    });
  });
});

describe('the bill of materials', () => {
  interface Bom {
    readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
    readonly components: readonly { readonly name: string; readonly version: string; readonly hashes?: unknown }[];
  }
  const read = () => JSON.parse(readFileSync(join(app, 'sbom.cdx.json'), 'utf8')) as Bom;

  it('obeys the schema of CycloneDX', async () => {
    const { command, args } = inject('tools').cyclonedx;
    expect((await run(command, [...args, join(app, 'sbom.cdx.json')])).stdout).toBe('');
  });

  it('lists what is there, in its version and with its hash, and nothing else', () => {
    const { metadata, components } = read();
    const manifests = ['', ...productionPackages(lock)].map((path) =>
      JSON.parse(readFileSync(join(app, path, 'package.json'), 'utf8')),
    );
    const [own, ...others] = manifests.map(({ name, version }) => `${name}@${version}`);
    expect(`${metadata.component.name}@${metadata.component.version}`).toBe(own);
    expect(components.map(({ name, version }) => `${name}@${version}`).sort()).toEqual([...new Set(others)].sort());
    expect(components.filter(({ hashes }) => hashes === undefined)).toEqual([]);
  });
});

it('is refused a folder that holds something', async () => {
  const script = join(root, 'scripts', 'image.mjs');
  await expect(run(process.execPath, [script, relative(process.cwd(), tree.path)])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not empty'),
  });
});
