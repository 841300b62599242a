import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import type Yaml from 'yaml';
import { describe, ShardlineError } from '../core/errors.ts';
import { isObject } from '../core/is-object.ts';
import type { Problem } from './problem.ts';

/** What a configuration file says before anybody judged it. */
export interface FileContents {
  /** The file's name for messages; undefined: there is no file. */
  readonly name: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
}

const DEFAULT_FILE = 'shardline.yaml';
const NOTHING: FileContents = { name: undefined, values: {}, problems: [] };

const readText = (path: string, given: boolean): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (!given && cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new ShardlineError(
      'SHARDLINE_CONFIG_UNREADABLE',
      `the configuration file ${path} cannot be read: ${describe(cause)}`,
      { cause },
    );
  }
};

/** Parses YAML text; every syntax error becomes a problem with its line. */
const parseFile = (name: string, source: string): FileContents => {
  // Whoever is configured by the environment alone does without its seventy modules.
  const { LineCounter, parseDocument }: typeof Yaml = createRequire(import.meta.url)('yaml');
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const wrong = (expected: string, value?: string): FileContents => ({
    name,
    values: {},
    problems: [{ path: '', from: name, value, expected }],
  });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error): Problem => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { path: '', from: `${name}:${line}:${col}`, value: undefined, expected: `not YAML: ${error.message}` };
    });
    return { name, values: {}, problems };
  }
  try {
    const values: unknown = document.toJS({ maxAliasCount: 100 });
    if (values === null || values === undefined) return { name, values: {}, problems: [] };
    return isObject(values) ? { name, values, problems: [] } : wrong('expected a mapping of keys to values');
  } catch (thrown) {
    return wrong(`not usable YAML: ${describe(thrown)}`);
  }
};

/** Reads the file that was named, or `shardline.yaml` of the working directory when there is one. */
export const readConfigFile = (file: string | undefined, cwd: string): FileContents => {
  const path = resolve(cwd, file ?? DEFAULT_FILE);
  const source = readText(path, file !== undefined);
  return source === undefined ? NOTHING : parseFile(file ?? basename(path), source);
};
