import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { ShardlineError } from '../core/errors.ts';
import type { ExitCode } from './shell.ts';

/** How a failure ends the process, and what a person reads about it. */
export interface Failure {
  readonly code: ExitCode;
  /** Undefined where everything was said already. */
  readonly text: string | undefined;
}

const BADLY_ASKED: ReadonlySet<string> = new Set([
  'SHARDLINE_CONFIG_INVALID',
  'SHARDLINE_CONFIG_UNREADABLE',
  'SHARDLINE_USAGE',
  'SHARDLINE_TRANSFORM_UNLOADABLE',
]);

/** An error of ours is a line with its code, and perhaps details below; only an unknown one shows its stack. */
export const failureOf = (thrown: unknown): Failure => {
  if (thrown instanceof CommanderError) return { code: thrown.exitCode === 0 ? 0 : 2, text: undefined };
  if (thrown instanceof ShardlineError) {
    const [first = '', ...details] = thrown.message.split('\n');
    const text = [`shardline: ${first} [${thrown.code}]`, ...details].join('\n');
    return { code: BADLY_ASKED.has(thrown.code) ? 2 : 1, text };
  }
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : inspect(thrown);
  return { code: 1, text: `shardline: this is a bug in Shardline; please report it with these lines\n${stack}` };
};
