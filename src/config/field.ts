import * as z from 'zod';
import { DURATION, formatDuration, formatSize, parseDuration, parseSize, SIZE } from './units.ts';

/** What a resolved value counts; it ends up in the value's name. */
export type Unit = '' | 'Ms' | 'Bytes';

/** Everything there is to know of one key of the configuration. */
export interface Field<T, U extends Unit = ''> {
  readonly schema: z.ZodType<T>;
  readonly unit: U;
  /** One line for people, without a full stop. */
  readonly doc: string;
  /** Completes "expected …". */
  readonly expected: string;
  /** As one writes it; undefined: there is none. */
  readonly fallback: unknown;
  readonly required: boolean;
  readonly secret: boolean;
  /** An environment variable is text: how the value stands in it. */
  readonly fromText: (text: string) => unknown;
  /** The resolved value as one would write it. */
  show(value: T): unknown;
}

interface Say {
  readonly doc: string;
  readonly fallback?: unknown;
  readonly required?: boolean;
  readonly secret?: boolean;
}

const asIs = (value: unknown): unknown => value;

const field = <T, U extends Unit>(
  unit: U,
  schema: z.ZodType<T>,
  expected: string,
  say: Say,
  more: { fromText?: (text: string) => unknown; show?: (value: T) => unknown } = {},
): Field<T, U> => ({
  schema,
  unit,
  doc: say.doc,
  expected,
  fallback: say.fallback,
  required: say.required ?? false,
  secret: say.secret ?? false,
  fromText: more.fromText ?? asIs,
  show: more.show ?? asIs,
});

/** Text that `accepts`; YAML's numbers and booleans are refused, so `password: 0123` cannot lose its zero. */
export const text = (expected: string, say: Say, pattern: RegExp = /./s): Field<string> =>
  field('', z.string().regex(pattern), expected, say);

/** Text turned into something better by `parse`, which returns undefined for what it cannot read. */
export const parsed = <T>(
  expected: string,
  say: Say,
  parse: (value: string) => T | undefined,
  show?: (value: T) => unknown,
): Field<T> => {
  const schema = z.string().transform((value, context): T => {
    const result = parse(value);
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
  return field('', schema, expected, say, show ? { show } : {});
};

/** The same field where leaving it out is fine and means undefined. */
export const optional = <T, U extends Unit>(whole: Field<T, U>): Field<T | undefined, U> => ({
  ...whole,
  schema: whole.schema.optional(),
  show: (value) => (value === undefined ? undefined : whole.show(value)),
});

/** One of a few words, which end its line of documentation. */
export const choice = <const W extends readonly [string, ...string[]]>(words: W, say: Say): Field<W[number]> =>
  field('', z.enum(words), `one of ${words.join(', ')}`, {
    ...say,
    doc: `${say.doc}: ${words.map((word) => `\`${word}\``).join(', ')}`,
  });

/** A whole number within bounds, both allowed. */
export const integer = (min: number, max: number, say: Say): Field<number> =>
  field('', z.int().min(min).max(max), `a whole number from ${min} to ${max}`, say, {
    fromText: (value) => (/^-?\d{1,15}$/.test(value) ? Number(value) : value),
  });

/** A length of time within bounds, resolved to milliseconds; `unlimited`, where allowed, is Infinity. */
export const duration = (min: string, max: string, say: Say, unlimited = false): Field<number, 'Ms'> => {
  const form = unlimited ? new RegExp(`${DURATION.source}|^unlimited$`) : DURATION;
  const schema = z
    .string()
    .regex(form)
    .transform((value) => (value === 'unlimited' ? Number.POSITIVE_INFINITY : parseDuration(value)))
    .refine((ms) => ms >= parseDuration(min) && (ms <= parseDuration(max) || ms === Number.POSITIVE_INFINITY));
  const expected = `a duration such as 250ms, 5s, 15m, 1h or 30d, from ${min} to ${max}`;
  return field('Ms', schema, unlimited ? `${expected}, or unlimited` : expected, say, { show: formatDuration });
};

/** An amount of memory within bounds, resolved to bytes. */
export const size = (min: string, max: string, say: Say): Field<number, 'Bytes'> => {
  const schema = z
    .string()
    .regex(SIZE)
    .transform(parseSize)
    .refine((bytes) => bytes >= parseSize(min) && bytes <= parseSize(max));
  return field('Bytes', schema, `a size such as 64KiB, 5MiB or 1GiB, from ${min} to ${max}`, say, { show: formatSize });
};

const MOST_NAMES = 50;

/** Names that `pattern` accepts, each once, in their order; separated by commas in the environment. */
export const names = (expected: string, say: Say, pattern: RegExp): Field<readonly string[]> => {
  const schema: z.ZodType<readonly string[]> = z
    .array(z.string().regex(pattern))
    .max(MOST_NAMES)
    .refine((list) => new Set(list).size === list.length);
  return field('', schema, expected, say, {
    fromText: (value) => (value === '' ? [] : value.split(',').map((name) => name.trim())),
  });
};

const jsonText = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** A mapping whose contents somebody else validates; JSON text in the environment. */
export const mapping = (say: Say): Field<Readonly<Record<string, unknown>>> =>
  field('', z.record(z.string(), z.unknown()), 'a mapping (in the environment: a JSON object)', say, {
    fromText: jsonText,
  });

/** What may be followed from a page: it leads to a server, and shows nobody's password. */
const isLink = (value: string): boolean => {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && !username && !password;
};

const MOST_LINKS = 20;

/** Addresses by name, in their order; JSON text in the environment. */
export const links = (say: Say): Field<Readonly<Record<string, string>>> => {
  const schema = z
    .record(
      z.string().min(1).max(60),
      z
        .string()
        .regex(/^https?:\/\//)
        .refine(isLink),
    )
    .refine((all) => Object.keys(all).length <= MOST_LINKS);
  const expected = `a mapping of at most ${MOST_LINKS} names to http:// or https:// URLs without user and password (in the environment: a JSON object)`;
  return field('', schema, expected, say, { fromText: jsonText });
};
