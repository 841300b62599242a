import { putAt, valueAt } from './paths.ts';
import { type Config, KEYS } from './tree.ts';

/** The resolved configuration as one would write it in the file, keys in their order, secrets hidden. */
export const showConfig = (config: Config): Readonly<Record<string, unknown>> => {
  const shown: Record<string, unknown> = {};
  for (const { parts, resolved, field } of KEYS) {
    const value = valueAt(config, resolved);
    if (value === undefined) continue;
    putAt(shown, parts, field.secret ? '(hidden)' : field.show(value));
  }
  return shown;
};
