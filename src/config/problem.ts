import { ShardlineError } from '../core/errors.ts';
import { isObject } from '../core/is-object.ts';
import type { Config } from './tree.ts';

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** The key (`opensearch.node`); empty for the file as a whole. */
  readonly path: string;
  /** Where the value came from: the variable's or the file's name. */
  readonly from: string;
  /** The value as JSON text; `(hidden)` for a secret; undefined where there is none. */
  readonly value: string | undefined;
  /** A sentence without its full stop: what is wrong and what was expected. */
  readonly expected: string;
}

const SHOWN = 120;

/** A value for people's eyes: JSON text, cut short; neither the inside of mappings and lists nor credentials in a URL. */
export const shown = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'a mapping';
  const text = String(JSON.stringify(value)).replace(/\/\/[^/@\s]*@/g, '//(hidden)@');
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
};

/** One problem as one line. */
const problemLine = ({ path, from, value, expected }: Problem): string => {
  const what = [path, from && `(${from})`].filter(Boolean).join(' ');
  return `${what}: ${value === undefined ? '' : `${value} – `}${expected}`;
};

/** Every problem of the configuration at once, each on its own line. */
export class ConfigError extends ShardlineError {
  readonly problems: readonly Problem[];
  /** The keys that are right in themselves, for further checks. */
  readonly rest: Partial<Config>;

  constructor(problems: readonly Problem[], rest: Partial<Config>) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    const lines = problems.map((each) => `  ${problemLine(each)}`);
    super('SHARDLINE_CONFIG_INVALID', [`${count} in the configuration`, ...lines].join('\n'));
    this.problems = problems;
    this.rest = rest;
  }
}
