// Usage: node scripts/bundle-managed.ts --out DIR [--transform FILE]
// Makes DIR/index.mjs, the whole of the Lambda function of the managed variant (docs/managed.md): its handler is `index.handler`.
// FILE is a transform of your own; left out: the built-in one. The same sources make the same bytes.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { ShardlineError } from '../src/core/errors.ts';

export interface BundleOptions {
  /** The folder that becomes the function's code. */
  readonly out: string;
  /** The path of a module that exports a transform by default. */
  readonly transform?: string | undefined;
}

const SOURCES = fileURLToPath(new URL('../src/', import.meta.url));

/** Packages that a transform imports may ask for Node's own modules as CommonJS does, which a module has to be given. */
const BANNER = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

const entryOf = (transform: string | undefined): string => {
  const own = transform === undefined ? '' : `import transform from ${JSON.stringify(transform)};\n`;
  const parts = transform === undefined ? 'env: process.env' : 'env: process.env, transform';
  return `import { firehoseHandler } from './managed/handler.ts';\n${own}export const handler = firehoseHandler({ ${parts} });\n`;
};

const existing = (transform: string): string => {
  const file = resolve(transform);
  if (existsSync(file)) return file;
  throw new ShardlineError('SHARDLINE_TRANSFORM_UNLOADABLE', `transform ${transform}: there is no file ${file}`);
};

/** Bundles the function and returns the path of its only file; throws SHARDLINE_TRANSFORM_UNLOADABLE. */
export const bundleManaged = ({ out, transform }: BundleOptions): string => {
  const own = transform === undefined ? undefined : existing(transform);
  const file = join(resolve(out), 'index.mjs');
  try {
    buildSync({
      stdin: { contents: entryOf(own), resolveDir: SOURCES, loader: 'ts', sourcefile: 'managed-function.ts' },
      alias: { shardline: join(SOURCES, 'index.ts') },
      outfile: file,
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      banner: { js: BANNER },
      legalComments: 'none',
      logLevel: 'silent',
    });
  } catch (cause) {
    if (own === undefined) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ShardlineError('SHARDLINE_TRANSFORM_UNLOADABLE', `transform ${own}: ${message}`, { cause });
  }
  return file;
};

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' }, transform: { type: 'string' } } });
  const { out, transform } = values;
  if (out === undefined) {
    process.stderr.write('usage: node scripts/bundle-managed.ts --out DIR [--transform FILE]\n');
    process.exitCode = 2;
  } else process.stdout.write(`${bundleManaged({ out, transform })}\n`);
}
