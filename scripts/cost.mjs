// Usage: node scripts/cost.mjs --events-per-day 5e6 --bytes 600
import process from 'node:process';
import { estimate, total } from './cost/estimate.ts';
import { readOptions, USAGE, UsageError } from './cost/options.ts';
import { shown } from './cost/tables.ts';

const withTotal = (bill) => ({ ...bill, total: total(bill) });

const main = (args) => {
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  try {
    const { load, usd, json } = readOptions(args);
    const all = estimate(load, usd);
    const data = { ...all, platforms: all.platforms.map(withTotal), stream: withTotal(all.stream) };
    console.log(json ? JSON.stringify(data, undefined, 2) : shown(all));
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
};

process.exitCode = main(process.argv.slice(2));
