/** A metric as a query names it, with the labels it is selected by. */
export interface Selected {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** What a query of Prometheus speaks of. */
export interface Spoken {
  readonly metrics: readonly Selected[];
  /** The labels of `by (…)`, `on (…)` and their like. */
  readonly grouping: readonly string[];
}

const TOKEN = /"(?:[^"\\]|\\.)*"|\d[\w.]*|[a-zA-Z_:][\w:]*|[=!]~|!=|\S/g;
const LISTS = ['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'];
const WORDS = ['and', 'or', 'unless', 'offset', 'bool'];
const isName = (token: string) => /^[a-zA-Z_:]/.test(token);

/** The names from an opening bracket to its closing one. */
const namesUntil = (tokens: readonly string[], from: number, closing: string): string[] =>
  tokens.slice(from, tokens.indexOf(closing, from)).filter(isName);

/**
 * Reads which metrics and labels a query names. Every name that is no word of the language and no function (which a bracket or
 * `by` follows) is a metric. Not for label names in quotes.
 */
export const spokenOf = (query: string): Spoken => {
  const tokens: readonly string[] = query.replaceAll('$__rate_interval', '5m').match(TOKEN) ?? [];
  const metrics: Selected[] = [];
  const grouping: string[] = [];
  for (let i = 0; i < tokens.length; i += 1) {
    const [token = '', next = ''] = tokens.slice(i, i + 2);
    if (LISTS.includes(token)) {
      grouping.push(...namesUntil(tokens, i + 1, ')'));
      i = tokens.indexOf(')', i);
    } else if (isName(token) && !WORDS.includes(token) && next !== '(' && !LISTS.includes(next)) {
      metrics.push({ metric: token, labels: next === '{' ? namesUntil(tokens, i + 2, '}') : [] });
      if (next === '{') i = tokens.indexOf('}', i);
    }
  }
  return { metrics, grouping };
};
