import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, ShardlineError } from '../core/errors.ts';
import { isIndexName } from '../core/index-name.ts';
import { isObject } from '../core/is-object.ts';
import type { Transform } from '../core/message.ts';
import { musicEvents } from './music-events/index.ts';

const BUILT_IN: ReadonlyMap<string, unknown> = new Map([['music-events', musicEvents]]);

const unloadable = (spec: string, what: string, cause?: unknown): ShardlineError =>
  new ShardlineError(
    'SHARDLINE_TRANSFORM_UNLOADABLE',
    `transform ${spec}: ${what}`,
    cause === undefined ? {} : { cause },
  );

/** This package's own entry, beside this file in the checkout (TypeScript) as in the package (JavaScript). */
const ownEntry = (): string =>
  new URL(`../index${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href;

let hooked = false;

/** Lets `import … from 'shardline'` mean the running package, in whichever folder the module stands. */
const resolveOurselves = (): void => {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'shardline' ? { url: ownEntry(), shortCircuit: true } : next(specifier, context),
  });
};

const hasOptions = (options: unknown): boolean => isObject(options) && Object.keys(options).length > 0;

/** A transform names its indices before it is run: what its events say cannot make a thousand of them. */
const withIndices = (spec: string, transform: object): Transform => {
  const { indices = [] } = transform as { readonly indices?: unknown };
  const isRight = Array.isArray(indices) && indices.every((name) => typeof name === 'string' && isIndexName(name));
  if (!isRight) throw unloadable(spec, 'its indices are no list of lower-case names of indices, without dates in {}');
  return transform as Transform;
};

const fromDefinition = (spec: string, definition: unknown, options: unknown): Transform => {
  const expected = 'export default defineTransform({ name, apply(message) { … } }) from it';
  if (!isObject(definition)) throw unloadable(spec, `it has no default export that is an object; ${expected}`);
  const { name, apply, create, template, options: schema } = definition;
  if (typeof name !== 'string' || name === '') throw unloadable(spec, `its default export has no name; ${expected}`);
  if (typeof apply === 'function') {
    if (hasOptions(options)) throw unloadable(spec, 'it takes no options, but transform_options is set; remove it');
    return withIndices(spec, definition);
  }
  if (typeof create !== 'function') throw unloadable(spec, `its default export has no apply function; ${expected}`);
  if (!isObject(schema) || typeof schema.parse !== 'function')
    throw unloadable(spec, 'it has create, but no options.parse');
  const made: unknown = create(parseOptions(spec, schema.parse.bind(schema), options));
  if (!isObject(made) || typeof made.apply !== 'function')
    throw unloadable(spec, 'what its create returned has no apply function');
  return withIndices(spec, { template, ...made, name });
};

/** What a schema says of wrong options: zod and its like list issues, each with a path; others just throw. */
const complaintOf = (thrown: unknown): string => {
  if (!isObject(thrown) || !Array.isArray(thrown.issues)) return describe(thrown);
  const issues = thrown.issues.filter(isObject).map(({ path, message }) => {
    const where = Array.isArray(path) && path.length > 0 ? `${path.map(String).join('.')}: ` : '';
    return `${where}${String(message)}`;
  });
  return issues.join('; ');
};

const parseOptions = (spec: string, parse: (value: unknown) => unknown, options: unknown): unknown => {
  try {
    return parse(options);
  } catch (cause) {
    throw unloadable(
      spec,
      `transform_options are refused: ${complaintOf(cause)}; mend them in the configuration`,
      cause,
    );
  }
};

const importModule = async (spec: string, file: string): Promise<Readonly<Record<string, unknown>>> => {
  if (!existsSync(file))
    throw unloadable(spec, `there is no file ${file}; give its path, or the name of a built-in one`);
  resolveOurselves();
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    throw unloadable(spec, `${file} cannot be imported: ${describe(cause)}`, cause);
  }
};

/**
 * Loads a built-in transform by name, or a module by path (from `baseDir` on) that stands in any folder, TypeScript
 * as it is. Throws SHARDLINE_TRANSFORM_UNLOADABLE with the file, what is wrong and what to do.
 */
export const loadTransform = async (spec: string, options: unknown, baseDir: string): Promise<Transform> => {
  const builtIn = BUILT_IN.get(spec);
  if (builtIn) return fromDefinition(spec, builtIn, options);
  const module = await importModule(spec, resolve(baseDir, spec));
  return fromDefinition(spec, module.default, options);
};

/**
 * The transform of a bundle, which holds all the modules that there are: what its module exports by default, or else a
 * built-in one by name. Throws as loadTransform does.
 */
export const bundledTransform = (spec: string, given: unknown, options: unknown): Transform => {
  if (given !== undefined) return fromDefinition('of the bundle', given, options);
  const builtIn = BUILT_IN.get(spec);
  if (!builtIn) throw unloadable(spec, 'its module is not in this bundle; give it to the script that makes the bundle');
  return fromDefinition(spec, builtIn, options);
};
