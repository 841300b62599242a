import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Json = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const readJson = (path: string): Json => {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isObject(value)) throw new Error(`${path} holds no object`);
  return value;
};

const REF = /^.*_definitions\.json#\/\$defs\/|^#\/\$defs\//;

/** The names of the definitions that a piece of a schema refers to. */
const namedIn = (piece: unknown): readonly string[] => {
  if (Array.isArray(piece)) return piece.flatMap(namedIn);
  if (!isObject(piece)) return [];
  const own = typeof piece.$ref === 'string' ? [piece.$ref.replace(REF, '')] : [];
  return [...own, ...Object.values(piece).flatMap(namedIn)];
};

/** The same schema with every reference within itself, and what it refers to beside it. */
const inlined = (schema: Json, definitions: Json): Json => {
  const needed = new Map<string, unknown>();
  const open = [...namedIn(schema)];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (needed.has(name)) continue;
    if (!(name in definitions)) throw new Error(`no definition ${name}`);
    needed.set(name, definitions[name]);
    open.push(...namedIn(definitions[name]));
  }
  const within = (_: string, value: unknown) =>
    isObject(value) && typeof value.$ref === 'string'
      ? { ...value, $ref: `#/$defs/${value.$ref.replace(REF, '')}` }
      : value;
  return JSON.parse(JSON.stringify({ ...schema, $defs: Object.fromEntries(needed) }, within));
};

/**
 * Writes the strict schemas of these kinds (such as `deployment-apps-v1`) for one version of Kubernetes into a folder, each
 * in one file: kubeconform follows no reference into another. Returns its `-schema-location`.
 */
export const writeSchemas = (from: string, version: string, kinds: readonly string[], to: string): string => {
  const source = join(from, `v${version}-local-strict`);
  const definitions = readJson(join(source, '_definitions.json')).$defs;
  if (!isObject(definitions)) throw new Error(`${source} has no definitions`);
  mkdirSync(join(to, version), { recursive: true });
  for (const kind of kinds) {
    const schema = inlined(readJson(join(source, `${kind}.json`)), definitions);
    writeFileSync(join(to, version, `${kind}.json`), JSON.stringify(schema));
  }
  return join(to, version, '{{.ResourceKind}}{{.KindSuffix}}.json');
};
