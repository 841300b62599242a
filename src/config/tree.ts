import type { Field, Unit } from './field.ts';
import { FIELDS } from './fields.ts';

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

type Resolved<T> = T extends object ? { readonly [K in keyof T]: T[K] } : T;

/** The unit ends the name unless it does already: `bulk_bytes` is `bulkBytes`, `bulk_age` is `bulkAgeMs`. */
type Named<S extends string, U extends Unit> = S extends `${string}${U}` ? S : `${S}${U}`;

type ConfigOf<T> = {
  readonly [K in keyof T & string as T[K] extends Field<infer _, infer U>
    ? Named<Camel<K>, U>
    : Camel<K>]: T[K] extends Field<infer V, Unit> ? Resolved<V> : ConfigOf<T[K]>;
};

/** The resolved configuration: camel-case keys, units in the names, deeply frozen. */
export type Config = ConfigOf<typeof FIELDS>;

/** A field of any type, where only its text matters. */
type AnyField = Field<unknown, Unit>;

/** One key of the configuration with all its names. */
export interface Key {
  /** As in the file: `opensearch.bulk_age`. */
  readonly path: string;
  readonly parts: readonly string[];
  /** `SHARDLINE_OPENSEARCH_BULK_AGE` */
  readonly variable: string;
  /** Where it stands in the resolved configuration: `['opensearch', 'bulkAgeMs']`. */
  readonly resolved: readonly string[];
  readonly field: AnyField;
}

const isField = (node: object): node is AnyField => 'schema' in node && 'unit' in node;

const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

const named = (name: string, unit: Unit): string => (name.endsWith(unit) ? name : name + unit);

const keyOf = (parts: readonly string[], field: AnyField): Key => ({
  path: parts.join('.'),
  parts,
  variable: `SHARDLINE_${parts.join('_').toUpperCase()}`,
  resolved: parts.map((part, i) => (i === parts.length - 1 ? named(camel(part), field.unit) : camel(part))),
  field,
});

const flatten = (node: object, parts: readonly string[]): Key[] =>
  isField(node)
    ? [keyOf(parts, node)]
    : Object.entries(node).flatMap(([name, child]) => flatten(child, [...parts, name]));

/** Every key, in the order in which people should read them. */
export const KEYS: readonly Key[] = flatten(FIELDS, []);

/** Names of the levels that hold keys: `opensearch`, `leases`, … */
export const GROUPS: ReadonlySet<string> = new Set(KEYS.flatMap((key) => (key.parts[1] ? [key.parts[0] ?? ''] : [])));
