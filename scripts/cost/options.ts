import { parseArgs } from 'node:util';
import { ASSUMED } from './facts.ts';
import { dollars, PRICES, type Usd } from './prices.ts';
import type { Load } from './size.ts';

export const USAGE = `Usage: node scripts/cost.mjs --events-per-day N --bytes N [--peak N] [--price NAME=USD]... [--json]

What a month costs on ECS, EKS, and with Firehose and Lambda: docs/cost.md tells how it is reckoned.

  --events-per-day N   such as 5e6
  --bytes N            of an event as it is put on the stream
  --peak N             the busiest minutes beside the day's mean (default ${ASSUMED.peak})
  --price NAME=USD     a price of your region or contract: ${Object.keys(PRICES).join(', ')}
  --json               everything, for programs`;

/** Something is wrong with the command line. */
export class UsageError extends Error {}

const number = (name: string, text: string | undefined, most: number, least: number): number => {
  const value = Number(text);
  if (!text || !Number.isFinite(value) || value < least || value > most)
    throw new UsageError(`--${name} is ${JSON.stringify(text ?? '')}: expected a number from ${least} to ${most}`);
  return value;
};

const priced = (given: readonly string[]): Usd => {
  const instead: Partial<Record<keyof Usd, number>> = {};
  for (const each of given) {
    const [name = '', usd] = each.split('=');
    const known = Object.keys(PRICES).find((one): one is keyof Usd => one === name);
    if (!known) throw new UsageError(`--price ${each}: expected one of ${Object.keys(PRICES).join(', ')}, then =USD`);
    instead[known] = number(`price ${name}`, usd, 1e6, 0);
  }
  return dollars(instead);
};

export interface Options {
  readonly load: Load;
  readonly usd: Usd;
  readonly json: boolean;
}

/** @throws UsageError that names the option, its value and what is expected */
export const readOptions = (args: readonly string[]): Options => {
  const { values } = (() => {
    try {
      return parseArgs({
        args: [...args],
        options: {
          'events-per-day': { type: 'string' },
          bytes: { type: 'string' },
          peak: { type: 'string', default: String(ASSUMED.peak) },
          price: { type: 'string', multiple: true, default: [] },
          json: { type: 'boolean', default: false },
        },
      });
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
  })();
  return {
    load: {
      eventsPerDay: number('events-per-day', values['events-per-day'], 1e12, 1),
      // Kinesis takes records of 10 MiB at most.
      bytes: number('bytes', values.bytes, 10 * 1_024 * 1_024, 1),
      peak: number('peak', values.peak, 1_000, 1),
    },
    usd: priced(values.price),
    json: values.json,
  };
};
