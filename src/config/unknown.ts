import { isObject } from '../core/is-object.ts';
import { nearest } from './nearest.ts';
import { type Problem, shown } from './problem.ts';
import type { FileContents } from './read-file.ts';
import { GROUPS, KEYS, type Key } from './tree.ts';

type Env = Readonly<Record<string, string | undefined>>;

const PATHS = KEYS.map((key) => key.path);
const VARIABLES = KEYS.map((key) => key.variable);

/** A misspelled `password` is still one. */
const looksSecret = (path: string, near: string): boolean =>
  /pas+|pw|secret|token|cred|key/i.test(path) || KEYS.some((key) => key.path === near && key.field.secret);

/** Every key of the file that does not exist, with the nearest that does. */
export const unknownKeys = (file: FileContents): readonly Problem[] => {
  const unknown = (path: string, value: unknown): Problem => {
    const near = nearest(path, [...PATHS, ...GROUPS]);
    const hidden = looksSecret(path, near);
    return {
      path,
      from: file.name ?? '',
      value: hidden ? '(hidden)' : shown(value),
      expected: `unknown key; the nearest is ${near}`,
    };
  };
  return Object.entries(file.values).flatMap(([name, value]) => {
    if (PATHS.includes(name)) return [];
    if (!GROUPS.has(name)) return [unknown(name, value)];
    if (!isObject(value)) {
      const keys = PATHS.filter((path) => path.startsWith(`${name}.`)).map((path) => path.slice(name.length + 1));
      const expected = `expected a mapping with the keys ${keys.join(', ')}`;
      return [{ path: name, from: file.name ?? '', value: shown(value), expected }];
    }
    return Object.entries(value).flatMap(([child, inner]) => {
      const path = `${name}.${child}`;
      return PATHS.includes(path) ? [] : [unknown(path, inner)];
    });
  });
};

/** Kubernetes sets `SHARDLINE_HTTP_PORT=tcp://…` in pods beside a service named shardline-http. */
export const isServiceLink = (key: Key, value: string): boolean =>
  key.path === 'http.port' && value.startsWith('tcp://');

/** What is odd about the environment: only warned of, since Kubernetes puts variables of its own there. */
export const environmentWarnings = (env: Env): readonly string[] =>
  Object.entries(env)
    .filter(([name, value]) => name.startsWith('SHARDLINE_') && value !== undefined)
    .flatMap(([name, value]) => {
      const key = KEYS.find((each) => each.variable === name);
      if (!key) return [`the variable ${name} means nothing to Shardline; the nearest is ${nearest(name, VARIABLES)}`];
      return isServiceLink(key, value ?? '')
        ? [`the variable ${name} is a Kubernetes service link and was ignored; set ${key.path} in the file instead`]
        : [];
    });
