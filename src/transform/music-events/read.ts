import { PoisonError } from '../../core/errors.ts';
import type { MusicDocument } from './document.ts';
import { INSTANT_EXPECTED, readInstant } from './instant.ts';
import { repairText } from './repair.ts';
import type { Shape } from './shape.ts';

type Source = Readonly<Record<string, unknown>>;

/** What was read of an event before the transform adds what follows from it. */
export interface Reading {
  readonly timestamp: Date;
  readonly document: MusicDocument;
}

export interface ReadOptions {
  readonly keepNames: boolean;
  readonly repairText: boolean;
}

/** An event that says nothing says it in these three ways. */
const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

const typeOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};

/** Names the shape, the field and what it should be; of the value only its type, for letters hold no contents. */
const refuse = (shape: Shape, key: string, expected: string, value: unknown): never => {
  const found = isAbsent(value) ? 'missing' : `${typeOf(value)} that is not`;
  throw new PoisonError(`not a ${shape.name}: ${key} is ${found}${isAbsent(value) ? '; expected' : ''} ${expected}`);
};

/** What the event said beyond the known fields. Without a prototype, so that a key `__proto__` is a key like any other. */
const extraOf = (source: Source, known: ReadonlySet<string>): Record<string, unknown> | undefined => {
  let extra: Record<string, unknown> | undefined;
  // Not Object.keys: it makes a list of every event's keys.
  for (const key in source) {
    if (known.has(key) || isAbsent(source[key]) || !Object.hasOwn(source, key)) continue;
    extra ??= Object.create(null) as Record<string, unknown>;
    extra[key] = source[key];
  }
  return extra;
};

/** Prepares the reading of one shape: fields are checked, named anew and grouped in the shape's order. */
export const reader = (shape: Shape, options: ReadOptions): ((source: Source) => Reading) => {
  const fields = shape.fields.filter(({ personal }) => options.keepNames || !personal);
  const known = new Set([shape.timeKey, ...shape.fields.map(({ key }) => key)]);
  return (source) => {
    const time = source[shape.timeKey];
    const ms = readInstant(time) ?? refuse(shape, shape.timeKey, INSTANT_EXPECTED, time);
    const groups: Record<string, Record<string, unknown>> = {};
    for (const { key, group, field, required, prose, read, expected } of fields) {
      const raw = source[key];
      if (isAbsent(raw)) {
        if (required) refuse(shape, key, expected, raw);
        continue;
      }
      const value = read(raw) ?? refuse(shape, key, expected, raw);
      if (value === '') continue;
      groups[group] ??= {};
      groups[group][field] = prose && options.repairText ? repairText(String(value)) : value;
    }
    const document: MusicDocument = groups;
    const extra = extraOf(source, known);
    if (extra) document.extra = extra;
    return { timestamp: new Date(ms), document };
  };
};
