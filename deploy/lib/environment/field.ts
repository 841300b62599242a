/** Everything there is to know of one key of an environment. */
export interface Field<T> {
  /** One line for people, without a full stop. */
  readonly doc: string;
  /** Completes "expected …". */
  readonly allowed: string;
  readonly required: boolean;
  /** What leaving it out means. */
  readonly fallback: T;
  /** The value of a file or of `-c key=value`, which is always text; undefined when it is not allowed. */
  read(value: unknown): T | undefined;
}

export type Values<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** Text that `pattern` accepts, or nothing. */
export const text = (doc: string, allowed: string, pattern: RegExp): Field<string | undefined> => ({
  doc,
  allowed,
  required: false,
  fallback: undefined,
  read: (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined),
});

/** Text that `pattern` accepts and that has a default. */
export const textOr = (fallback: string, doc: string, allowed: string, pattern: RegExp): Field<string> => ({
  ...text(doc, allowed, pattern),
  fallback,
});

/** Text that must be given. */
export const required = (doc: string, allowed: string, pattern: RegExp): Field<string> => ({
  ...textOr('', doc, allowed, pattern),
  required: true,
});

/** One of a few words; the first is the default. */
export const choice = <const W extends readonly [string, ...string[]]>(doc: string, words: W): Field<W[number]> => ({
  doc,
  allowed: `one of ${words.join(', ')}`,
  required: false,
  fallback: words[0],
  read: (value) => words.find((word) => word === value),
});

/** A whole number within bounds, both allowed. */
export const integer = (fallback: number, min: number, max: number, doc: string): Field<number> => ({
  doc,
  allowed: `a whole number from ${min} to ${max}`,
  required: false,
  fallback,
  read: (value) => {
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max
      ? number
      : undefined;
  },
});

export const yesNo = (fallback: boolean, doc: string): Field<boolean> => ({
  doc,
  allowed: 'true or false',
  required: false,
  fallback,
  read: (value) =>
    value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined,
});

const MOST_IN_A_LIST = 50;

/** Different texts that `pattern` accepts; separated by commas on the command line. */
export const list = (
  fallback: readonly string[],
  doc: string,
  allowed: string,
  pattern: RegExp,
): Field<readonly string[]> => ({
  doc,
  allowed,
  required: false,
  fallback,
  read: (value) => {
    const items: unknown = typeof value === 'string' ? value.split(',').filter((item) => item !== '') : value;
    if (!Array.isArray(items) || items.length > MOST_IN_A_LIST || new Set(items).size < items.length) return undefined;
    return items.every((item) => typeof item === 'string' && pattern.test(item)) ? items : undefined;
  },
});

/** One of a few numbers. */
export const oneOf = (fallback: number, numbers: readonly number[], doc: string): Field<number> => ({
  doc,
  allowed: `one of ${numbers.join(', ')}`,
  required: false,
  fallback,
  read: (value) => numbers.find((number) => number === value || String(number) === value),
});

/** Some of a few words, each once. */
export const choices = <const W extends readonly string[]>(
  fallback: readonly W[number][],
  doc: string,
  words: W,
): Field<readonly W[number][]> => {
  const texts = list([], doc, `some of ${words.join(', ')}`, /./);
  return {
    ...texts,
    fallback,
    read: (value) => {
      const asked = texts.read(value);
      const found = words.filter((word) => asked?.includes(word));
      return found.length === asked?.length ? found : undefined;
    },
  };
};

const parsedJson = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
};

const isMapping = (value: unknown, names: RegExp): value is Readonly<Record<string, string>> =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every(([name, each]) => names.test(name) && typeof each === 'string');

/** Texts by names that a pattern accepts. */
export const mapping = (doc: string, allowed: string, names: RegExp): Field<Readonly<Record<string, string>>> => ({
  doc,
  allowed,
  required: false,
  fallback: {},
  read: (value) => {
    const found = parsedJson(value);
    return isMapping(found, names) ? found : undefined;
  },
});

/** Configuration of Shardline itself, which checks what the values mean. */
export const variables = (doc: string): Field<Readonly<Record<string, string>>> =>
  mapping(
    doc,
    'a mapping of names such as SHARDLINE_DECODE to texts, on the command line as JSON',
    /^SHARDLINE_[A-Z_]{1,60}$/,
  );
