import { ConfigError } from '../../../src/config/problem.ts';
import { firehoseHandler } from '../../../src/managed/handler.ts';

/** What the function would say of its configuration when it starts, with a transform that takes any options. */
export const functionMisfits = (variables: Readonly<Record<string, string>>): readonly string[] => {
  const warnings: string[] = [];
  const anyOptions = { parse: (options: unknown) => options };
  const transform = { name: 'any', options: anyOptions, create: () => ({ apply: () => [] }) };
  try {
    firehoseHandler({ env: variables, transform, write: (line) => void warnings.push(JSON.parse(line).msg) });
    return warnings;
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ from, value, expected }) => `${from}: ${value ?? 'nothing'} – ${expected}`);
    return [error instanceof Error ? error.message : String(error)];
  }
};
