import { misfits } from './cross-checks.ts';
import type { Environment } from './environment.ts';
import type { Problem } from './problem.ts';
import { FIELDS, isSection, settingsOf } from './settings.ts';

/** A value as somebody wrote it. */
export interface Given {
  readonly key: string;
  /** Where: the file and environment, or `-c`. */
  readonly from: string;
  readonly value: unknown;
}

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The values of one mapping of the file, by whole key. */
export const givenIn = (mapping: unknown, from: string): Given[] =>
  Object.entries(isMapping(mapping) ? mapping : {}).flatMap(([key, value]) =>
    isSection(key) && isMapping(value)
      ? Object.entries(value).map(([name, inner]) => ({ key: `${key}.${name}`, from, value: inner }))
      : [{ key, from, value }],
  );

const keysLike = (key: string): string => {
  const section = key.split('.', 1)[0] ?? '';
  const near = [...FIELDS.keys()].filter((known) => (isSection(section) ? known.startsWith(`${section}.`) : true));
  return near.join(', ');
};

const lastOf = (given: readonly Given[]) => new Map(given.map((each) => [each.key, each]));

/** Keys that are not there, and values that are not allowed. */
export const wrongIn = (given: readonly Given[]): Problem[] =>
  [...lastOf(given).values()].flatMap((each) => {
    const field = FIELDS.get(each.key);
    if (!field) return [{ ...each, says: `there is no such key; expected one of ${keysLike(each.key)}` }];
    return field.read(each.value) === undefined ? [{ ...each, says: `expected ${field.allowed}` }] : [];
  });

/** The environment that the values come to, the last of each key; or everything that is wrong with them. */
export const readEnvironment = (
  name: string,
  given: readonly Given[],
  from: string,
): { readonly problems: readonly Problem[]; readonly environment?: Environment } => {
  const last = lastOf(given);
  const missing = [...FIELDS].filter(([key, field]) => field.required && !last.has(key));
  const problems = [
    ...wrongIn(given),
    ...missing.map(([key, { allowed }]) => ({ key, from, says: `missing: expected ${allowed}` })),
  ];
  if (problems.length > 0) return { problems };
  const values = new Map(
    [...FIELDS].map(([key, field]) => {
      const found = last.get(key);
      return [key, found ? field.read(found.value) : field.fallback];
    }),
  );
  const settings = settingsOf(values);
  const wrong = misfits(name, settings).map(([key, says]) => ({
    key,
    from,
    value: values.get(key),
    ...last.get(key),
    says,
  }));
  return { problems: wrong, environment: { name, suffix: settings.suffix ?? name, settings } };
};
