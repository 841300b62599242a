import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIOME = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');

const ROOM = 'a room imports core and itself';
const CORE = 'core imports nothing of ours';
const VENDOR = 'this package stays in the folder';
const TIME = 'time comes from a Clock';
const TIMER = 'timers come from a Clock';

/** One file each: where it stands, what it says, and the objection it meets; undefined: none. */
const FILES: readonly (readonly [path: string, code: string, objection: string | undefined])[] = [
  ['src/core/a.ts', "import '../sink/x.ts';", CORE],
  ['src/core/b.ts', "import './clock.ts';", undefined],
  ['src/sink/a.ts', "import '../lease/x.ts';", ROOM],
  ['src/sink/b.ts', "import type { X } from '../lease/x.ts';\nexport const x = (y: X): X => y;", ROOM],
  ['src/sink/c.ts', "export * from '../lease/x.ts';", ROOM],
  ['src/sink/d.ts', "export const x = () => import('../lease/x.ts');", ROOM],
  ['src/sink/e.ts', "import '../core/clock.ts';\nimport './memory/target.ts';", undefined],
  ['src/sink/opensearch/a.ts', "import '../../lease/x.ts';", ROOM],
  ['src/sink/opensearch/b.ts', "import '../../core/clock.ts';\nimport '../memory/target.ts';", undefined],
  ['src/local/kinesis/deep/a.ts', "import '../../../lease/x.ts';", ROOM],
  ['src/local/kinesis/deep/b.ts', "import '../../ports.ts';\nimport '../../../core/clock.ts';", undefined],
  ['src/app/a.ts', "import '../sink/x.ts';\nimport '../lease/x.ts';", undefined],
  ['src/cli/a.ts', "import '../config/load.ts';\nimport 'commander';\nimport 'yaml';", undefined],
  ['src/managed/a.ts', "import '../app/stages.ts';\nimport '../transform/load.ts';", undefined],
  ['src/app/e.ts', "import '../managed/handler.ts';", 'nothing of ours imports managed'],
  ['src/pipeline/a.ts', "import '../checkpoint/tracker.ts';", undefined],

  ['src/source/a.ts', "import '@aws-sdk/client-kinesis';", VENDOR],
  ['src/lease/a.ts', "import '@aws-sdk/client-dynamodb';", VENDOR],
  ['src/dead-letter/a.ts', "import '@aws-sdk/client-sqs';", VENDOR],
  ['src/dead-letter/s3/b.ts', "import '@aws-sdk/client-firehose';", VENDOR],
  ['src/dead-letter/sqs/a.ts', "import '@aws-sdk/client-s3';", VENDOR],
  ['src/sink/f.ts', "import '@opensearch-project/opensearch';", VENDOR],
  ['src/sink/g.ts', "export const x = () => import('@opensearch-project/opensearch');", VENDOR],
  ['src/sink/n.ts', "import '@smithy/signature-v4';", VENDOR],
  ['src/source/kinesis/c.ts', "import '@aws-sdk/credential-provider-node';", VENDOR],
  ['src/app/b.ts', "import 'fastify';", VENDOR],
  ['src/app/c.ts', "import 'pino';", VENDOR],
  ['src/http/a.ts', "import 'prom-client';", VENDOR],
  ['src/sink/h.ts', "import 'zod';", VENDOR],
  ['src/lease/b.ts', "import 'commander';", VENDOR],
  ['src/managed/b.ts', "import '@aws-sdk/client-s3';", VENDOR],
  ['src/source/kinesis/a.ts', "import '@aws-sdk/client-kinesis';", undefined],
  ['src/lease/dynamodb/a.ts', "import '@aws-sdk/client-dynamodb';", undefined],
  ['src/dead-letter/sqs/b.ts', "import '@aws-sdk/client-sqs';\nimport '../../core/clock.ts';", undefined],
  ['src/dead-letter/firehose/a.ts', "import '@aws-sdk/client-firehose';", undefined],
  ['src/dead-letter/s3/a.ts', "import '@aws-sdk/client-s3';\nimport '../store.ts';", undefined],
  ['src/sink/opensearch/c.ts', "import '@opensearch-project/opensearch';", undefined],
  [
    'src/sink/opensearch/d.ts',
    "import '@aws-sdk/credential-provider-node';\nimport '@smithy/signature-v4';",
    undefined,
  ],
  ['src/http/b.ts', "import 'fastify';", undefined],
  ['src/telemetry/a.ts', "import 'pino';\nimport 'prom-client';", undefined],
  ['src/config/a.ts', "import 'yaml';\nimport 'zod';", undefined],

  ['src/lease/c.ts', 'export const x = Date.now();', TIME],
  ['src/lease/d.ts', 'export const x = new Date();', TIME],
  ['src/lease/e.ts', 'export const x = performance.now();', TIME],
  ['src/lease/f.ts', 'export const x = AbortSignal.timeout(1);', TIME],
  ['src/lease/g.ts', 'export const x = () => setTimeout(() => {}, 5);', TIMER],
  ['src/app/d.ts', 'export const x = (y: () => void) => setInterval(y, 5);', TIMER],
  ['src/lease/h.ts', "import { setTimeout as wait } from 'node:timers/promises';\nexport const x = wait;", TIMER],
  ['src/lease/i.ts', 'export const x = Math.random();', 'randomness comes from a Random'],
  ['src/lease/j.ts', 'export const x = new Date(5).getTime();', undefined],
  ['src/core/clock.ts', 'export const x = [Date.now(), new Date(), Math.random(), performance.now()];', undefined],
  ['src/local/a.ts', 'export const x = [Date.now(), setTimeout(() => {}, 1)];', undefined],

  ['src/cli/b.ts', 'export const x = () => process.exit(1);', 'only main.ts ends the process'],
  ['src/main.ts', 'process.exit(0);', undefined],
  ['src/sink/i.ts', 'export const x = process.env;', 'the environment is read in'],
  ['src/sink/j.ts', "import { env } from 'node:process';\nexport const x = env;", 'use the global process'],
  ['src/cli/c.ts', 'export const x = process.env;', undefined],
  ['src/sink/k.ts', "console.log('x');", 'noConsole'],
  ['src/cli/d.ts', "console.log('x');", undefined],
  ['src/sink/l.ts', 'export const x = (y: any): void => y;', 'noExplicitAny'],
  ['src/sink/m.ts', 'export const x = (y?: string): string => y!;', 'noNonNullAssertion'],
];

interface Diagnostic {
  readonly path: string;
  readonly message: string;
}

const lint = (folder: string): Promise<string> =>
  new Promise((resolve) => {
    const args = [BIOME, 'lint', '--reporter=json', '--max-diagnostics=none', 'src'];
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }, (_, out) => resolve(out));
  });

/** The reporter has changed its shape before: the file is looked for in the location's text. */
const pathOf = (diagnostic: { readonly location?: unknown }): string =>
  /src\/[^"\\]+/.exec(JSON.stringify(diagnostic.location) ?? '')?.[0] ?? '';

describe('the rules between rooms', () => {
  let folder: string;
  let diagnostics: readonly Diagnostic[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rules-'));
    for (const name of ['biome.json', '.gitignore', 'lint'])
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    for (const [path, code] of FILES) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), `${code}\n`);
    }
    const report = JSON.parse(await lint(folder));
    diagnostics = report.diagnostics.map((each: object) => ({ path: pathOf(each), message: JSON.stringify(each) }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(FILES)('%s: %s', (path, _, objection) => {
    const said = diagnostics.filter((diagnostic) => diagnostic.path === path).map(({ message }) => message);
    if (objection === undefined) expect(said).toEqual([]);
    else expect(said.join('\n')).toContain(objection);
  });
});
