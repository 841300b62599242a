import { isObject } from '../core/is-object.ts';

/** One difference between two documents; a side that has nothing there is left out. */
export interface Change {
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Whoever has more to see looks at the documents themselves. */
const MOST = 100;

const step = (path: string, key: string): string => `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

const partsOf = (value: unknown): Readonly<Record<string, unknown>> | undefined => {
  if (Array.isArray(value)) return Object.fromEntries(value.entries());
  return isObject(value) ? value : undefined;
};

function* changesOf(before: unknown, after: unknown, path: string): Iterable<Change> {
  const [old, now] = [partsOf(before), partsOf(after)];
  if (!old || !now || Array.isArray(before) !== Array.isArray(after)) {
    if (!Object.is(before, after)) yield { path, before, after };
    return;
  }
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const at = step(path, key);
    if (!Object.hasOwn(old, key)) yield { path: at, after: now[key] };
    else if (!Object.hasOwn(now, key)) yield { path: at, before: old[key] };
    else yield* changesOf(old[key], now[key], at);
  }
}

/** Where two parsed JSON documents differ, at most a hundred places. */
export const documentDiff = (before: unknown, after: unknown): readonly Change[] => {
  const changes: Change[] = [];
  for (const change of changesOf(before, after, '')) {
    if (changes.length === MOST) break;
    changes.push(change);
  }
  return changes;
};
