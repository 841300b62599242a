import { crossChecks } from './cross-checks.ts';
import { putAt, valueAt } from './paths.ts';
import { ConfigError, type Problem, shown } from './problem.ts';
import { type FileContents, readConfigFile } from './read-file.ts';
import { type Config, KEYS, type Key } from './tree.ts';
import { environmentWarnings, isServiceLink, unknownKeys } from './unknown.ts';

/** Where the configuration comes from. */
export interface ConfigSources {
  /** Path of `--config`; left out: `shardline.yaml` in `cwd` when there is one. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The required keys without which this command cannot do; left out: all. Others that nobody set stay undefined. */
  readonly needs?: readonly string[];
}

/** A valid configuration, and what a person may want to look at nevertheless. */
export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly string[];
}

/** One key with what was said about it, if anything was. */
interface Entry {
  readonly key: Key;
  readonly from: string;
  readonly value: unknown;
}

/** The environment wins over the file; what nobody set would come from the environment. */
const find = (key: Key, file: FileContents, env: ConfigSources['env']): Entry => {
  const text = env[key.variable];
  if (text !== undefined && !isServiceLink(key, text))
    return { key, from: key.variable, value: key.field.fromText(text) };
  const value = valueAt(file.values, key.parts);
  return { key, from: value === undefined ? key.variable : (file.name ?? ''), value };
};

const problemOf = ({ key, from, value }: Entry, expected: string): Problem => ({
  path: key.path,
  from,
  value: value === undefined ? undefined : key.field.secret ? '(hidden)' : shown(value),
  expected,
});

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) freeze(each);
  return Object.freeze(value);
};

/** Every key judged by itself: the values that are right, the problems of the others. */
const resolve = (
  entries: readonly Entry[],
  mayMiss: (key: Key) => boolean,
): { config: Config; problems: readonly Problem[] } => {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const entry of entries) {
    const { key, value } = entry;
    const { required, fallback, schema, expected } = key.field;
    if (value === undefined && required) {
      if (!mayMiss(key)) problems.push(problemOf(entry, `missing; expected ${expected}`));
      continue;
    }
    const result = schema.safeParse(value === undefined ? fallback : value);
    if (result.success) putAt(values, key.resolved, result.data);
    else problems.push(problemOf(entry, `expected ${expected}`));
  }
  return { config: freeze(values) as unknown as Config, problems };
};

/** Reads file and environment; throws a ConfigError that names everything that is wrong with them at once. */
export const loadConfig = ({ file, env, cwd, needs }: ConfigSources): LoadedConfig => {
  const contents = readConfigFile(file, cwd);
  const entries = KEYS.map((key) => find(key, contents, env));
  // What a file that is not YAML leaves out, nobody knows.
  const unreadable = contents.problems.length > 0;
  const mayMiss = ({ path }: Key): boolean => unreadable || (needs !== undefined && !needs.includes(path));
  const { config, problems } = resolve(entries, mayMiss);
  const missing = entries.filter(({ key, value }) => key.field.required && value === undefined);
  const wrong = new Set([...problems, ...missing.map(({ key }) => key)].map(({ path }) => path));
  const crossed = crossChecks(config, wrong).flatMap(([path, expected]) =>
    entries.filter(({ key }) => key.path === path).map((entry) => problemOf(entry, expected)),
  );
  const all = [...contents.problems, ...unknownKeys(contents), ...problems, ...(unreadable ? [] : crossed)];
  if (all.length > 0) throw new ConfigError(all, config);
  return { config, warnings: environmentWarnings(env) };
};
