import { isObject } from '../core/is-object.ts';

/** A leaf's path and its value as text. */
type Leaf = readonly [path: string, text: string];

/** More lines than these nobody reads. */
const MOST_LINES = 40;
const MOST_CHARACTERS = 160;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The leaves of JSON. OpenSearch gives numbers and booleans back as text, so all are compared as text. */
export const leaves = (value: unknown, path = ''): readonly Leaf[] => {
  if (!isObject(value) || Array.isArray(value)) return value === undefined ? [] : [[path, textOf(value)]];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, path === '' ? key : `${path}.${key}`));
};

const cut = (text: string): string => (text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text);

/** One path at which the two differ; undefined on the side that has nothing there. */
export interface Difference {
  readonly path: string;
  readonly there: string | undefined;
  readonly wanted: string | undefined;
}

/** Where what is there differs from what is wanted; `extras`: also what is there and was not asked for. */
export const differences = (
  there: readonly Leaf[],
  wanted: readonly Leaf[],
  extras: boolean,
): readonly Difference[] => {
  const found = new Map(there);
  const asked = new Map(wanted);
  const changed = wanted
    .filter(([path, text]) => found.get(path) !== text)
    .map(([path, text]) => ({ path, there: found.get(path), wanted: text }));
  const more = there
    .filter(([path]) => extras && !asked.has(path))
    .map(([path, text]) => ({ path, there: text, wanted: undefined }));
  return [...changed, ...more];
};

/** As lines: `- ` what is there, `+ ` what is wanted. */
export const diffLines = (all: readonly Difference[]): readonly string[] => {
  const lines = all.flatMap(({ path, there, wanted }) => [
    ...(there === undefined ? [] : [`- ${path}: ${cut(there)}`]),
    ...(wanted === undefined ? [] : [`+ ${path}: ${cut(wanted)}`]),
  ]);
  const left = lines.length - MOST_LINES;
  return left > 0 ? [...lines.slice(0, MOST_LINES), `  and ${left} lines more`] : lines;
};
