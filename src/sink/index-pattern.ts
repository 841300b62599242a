const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Turns an event's time into the name of its index. */
export interface IndexNamer {
  (timestampMs: number): string;
  /** Whether the name depends on the time. */
  readonly isDated: boolean;
}

const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`);

const render = (fields: string, timestampMs: number): string => {
  const date = new Date(timestampMs);
  return fields
    .replaceAll('yyyy', `${date.getUTCFullYear()}`.padStart(4, '0'))
    .replaceAll('MM', two(date.getUTCMonth() + 1))
    .replaceAll('dd', two(date.getUTCDate()))
    .replaceAll('HH', two(date.getUTCHours()));
};

/**
 * Compiles `prefix-{yyyy.MM.dd}` into a namer, in UTC. The last name is remembered: the events of a page mostly share
 * their day, and a date is rendered once for them.
 */
export const indexNamer = (pattern: string): IndexNamer => {
  const match = /^([^{]*)\{([^}]*)\}(.*)$/.exec(pattern);
  if (!match) return Object.assign(() => pattern, { isDated: false });
  const [, before = '', fields = '', after = ''] = match;
  const stepMs = fields.includes('HH') ? HOUR_MS : DAY_MS;
  let lastStep = Number.NaN;
  let lastName = '';
  const name = (timestampMs: number): string => {
    const step = Math.floor(timestampMs / stepMs);
    if (step !== lastStep) {
      lastName = before + render(fields, timestampMs) + after;
      lastStep = step;
    }
    return lastName;
  };
  return Object.assign(name, { isDated: true });
};

const FIELD_DIGITS: Readonly<Record<string, string>> = { yyyy: '\\d{4}', MM: '\\d\\d', dd: '\\d\\d', HH: '\\d\\d' };

/** Tells whether a name is one that a pattern makes at some time. */
export const namesOf = (pattern: string): ((index: string) => boolean) => {
  const [before = '', fields = '', after = ''] = pattern.split(/[{}]/);
  const escaped = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '\\$&');
  const digits = fields.replace(/yyyy|MM|dd|HH|[._-]/g, (part) => FIELD_DIGITS[part] ?? escaped(part));
  const name = new RegExp(`^${escaped(before)}${digits}${escaped(after)}$`);
  return (index) => name.test(index);
};

/** The index that follows the one of a moment, and when its time begins. */
export interface NextIndex {
  readonly index: string;
  readonly startsMs: number;
}

/** The first moment of the next hour, day, month or year in UTC, whichever is the smallest part of the fields. */
const nextStart = (fields: string, timestampMs: number): number => {
  if (fields.includes('HH')) return (Math.floor(timestampMs / HOUR_MS) + 1) * HOUR_MS;
  if (fields.includes('dd')) return (Math.floor(timestampMs / DAY_MS) + 1) * DAY_MS;
  const date = new Date(timestampMs);
  const year = date.getUTCFullYear();
  return fields.includes('MM') ? Date.UTC(year, date.getUTCMonth() + 1) : Date.UTC(year + 1, 0);
};

/** Tells which index of a pattern comes next; undefined for a pattern that is one index for ever. */
export const indexSuccession = (pattern: string): ((timestampMs: number) => NextIndex) | undefined => {
  const fields = /\{([^}]*)\}/.exec(pattern)?.[1];
  if (!fields) return undefined;
  const name = indexNamer(pattern);
  return (timestampMs) => {
    const startsMs = nextStart(fields, timestampMs);
    return { index: name(startsMs), startsMs };
  };
};

/** What covers every index of a pattern and the one of events outside the window, for the index template. */
export const indexWildcards = (pattern: string, outside: string | undefined): readonly string[] => {
  const wildcard = pattern.replace(/\{[^}]*\}/, '*');
  if (outside === undefined) return [wildcard];
  const [before = '', after] = wildcard.split('*');
  const covered = after === undefined ? outside === wildcard : outside.startsWith(before) && outside.endsWith(after);
  return covered && outside.length >= wildcard.length - 1 ? [wildcard] : [wildcard, outside];
};

/** What covers the dated indices of a pattern and as little else as a wildcard can: `e-{yyyy.MM.dd}` is `e-*.*.*`. */
export const datedWildcard = (pattern: string): string =>
  pattern.replace(/\{([^}]*)\}/, (_, fields: string) => fields.replace(/(?:yyyy|MM|dd|HH)+/g, '*'));

/** How much time one index of a pattern covers, at least and at most (months and years differ); undefined without a date. */
export const periodOf = (pattern: string): { readonly leastMs: number; readonly mostMs: number } | undefined => {
  const fields = /\{([^}]*)\}/.exec(pattern)?.[1];
  if (!fields) return undefined;
  if (fields.includes('HH')) return { leastMs: HOUR_MS, mostMs: HOUR_MS };
  if (fields.includes('dd')) return { leastMs: DAY_MS, mostMs: DAY_MS };
  const [least, most] = fields.includes('MM') ? [28, 31] : [365, 366];
  return { leastMs: least * DAY_MS, mostMs: most * DAY_MS };
};

/** How many indices of a pattern a span of time meets at most; Infinity for an unlimited one. */
export const indicesWithin = (pattern: string, spanMs: number): number => {
  const period = periodOf(pattern);
  return period ? Math.ceil(spanMs / period.leastMs) + 1 : 1;
};

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&');

/** Whether a wildcard of OpenSearch's covers a name. */
export const matchesWildcard = (index: string, wildcard: string): boolean =>
  new RegExp(`^${wildcard.split('*').map(literal).join('.*')}$`, 's').test(index);

/** Tells names that a pattern can make, or that of the index of events outside the window, from others. */
export const indexMatcher = (pattern: string, outside: string | undefined): ((index: string) => boolean) => {
  const [, before = pattern, fields = '', after = ''] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(pattern) ?? [];
  const digits = literal(fields)
    .replace('yyyy', '\\d{4}')
    .replace(/MM|dd|HH/g, '\\d{2}');
  const made = new RegExp(`^${literal(before)}${digits}${literal(after)}$`);
  return (index) => index === outside || made.test(index);
};

/** Names of the indices of a pattern whose time lies within a range, ends included. */
export const indexNamesBetween = (pattern: string, fromMs: number, toMs: number): readonly string[] => {
  const name = indexNamer(pattern);
  const next = indexSuccession(pattern);
  const names = [name(fromMs)];
  for (let at = next?.(fromMs); at && at.startsMs <= toMs; at = next?.(at.startsMs)) names.push(at.index);
  return names;
};
