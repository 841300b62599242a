import { isObject } from '../core/is-object.ts';

/** What stands at a path of nested mappings; undefined where it leads nowhere. Inherited keys are no keys. */
export const valueAt = (values: unknown, path: readonly string[]): unknown =>
  path.reduce((node, part) => (isObject(node) && Object.hasOwn(node, part) ? node[part] : undefined), values);

/** Puts a value at a path; the mappings on the way are made, and are ours. */
export const putAt = (
  target: Record<string, unknown>,
  [first = '', ...rest]: readonly string[],
  value: unknown,
): void => {
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const inner = target[first] ?? {};
  target[first] = inner;
  putAt(inner as Record<string, unknown>, rest, value);
};
