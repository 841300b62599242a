import { type Bill, type Estimate, estimate, total } from './estimate.ts';
import { ASSUMED } from './facts.ts';
import { dollars, LOOKED_UP, PRICES, type Price } from './prices.ts';

const money = (usd: number): string => (usd < 10 ? usd.toFixed(2) : Math.round(usd).toLocaleString('en'));

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(row)].join('\n');

const fleetOf = ({ fleet: { workers, task } }: Estimate): string => `${workers} × ${task.vcpu} vCPU, ${task.gb} GB`;

/** One load, item by item. */
const itemTable = ({ platforms, stream }: Estimate): string => {
  const bills: readonly Bill[] = [...platforms, stream];
  return table(
    ['USD a month', ''],
    bills.flatMap((bill) => [
      [`**${bill.name}**`, `**${money(total(bill))}**`],
      ...bill.items.map(({ name, usd }) => [name, money(usd)]),
    ]),
  );
};

const PER_DAY = [1e5, 1e6, 5e6, 2e7, 1e8, 1e9];
const BYTES = [600, 2_000, 10_000];

/** Many loads, totals alone. */
const overview = (): string => {
  const estimates = PER_DAY.flatMap((eventsPerDay) =>
    BYTES.map((bytes) => estimate({ eventsPerDay, bytes, peak: ASSUMED.peak }, dollars())),
  );
  const names = estimates[0]?.platforms.map(({ name }) => name) ?? [];
  return table(
    ['events a day', 'bytes', 'workers', ...names, 'the stream'],
    estimates.map((one) => [
      one.load.eventsPerDay.toLocaleString('en'),
      one.load.bytes.toLocaleString('en'),
      fleetOf(one),
      ...one.platforms.map((bill) => money(total(bill))),
      money(total(one.stream)),
    ]),
  );
};

const plain = (usd: number): string => (usd >= 0.001 ? String(usd) : `${Number((usd * 1e6).toPrecision(6))} a million`);

const priceTable = (): string =>
  table(
    [`USD, ${LOOKED_UP.region}, looked up ${LOOKED_UP.on}`, 'per', 'read in'],
    Object.values(PRICES).map(({ usd, per, source, assumed }: Price) => [
      plain(usd),
      per,
      assumed ? `**assumed**: ${source}` : source,
    ]),
  ).replace('| --- | ---: | ---: |', '| ---: | --- | --- |');

/** What a terminal shows of one load. */
export const shown = (one: Estimate): string => {
  const { eventsPerDay, bytes, peak } = one.load;
  const head = `${eventsPerDay.toLocaleString('en')} events a day of ${bytes.toLocaleString('en')} bytes, ${peak} times as many at the peak; workers: ${fleetOf(one)}`;
  const lines = [...one.platforms, one.stream].flatMap((bill) => [
    '',
    `${bill.name.padEnd(34)}${money(total(bill)).padStart(10)}`,
    ...bill.items.map(({ name, usd }) => `  ${name.padEnd(32)}${money(usd).padStart(10)}`),
  ]);
  return [head, `US dollars a month, prices of ${LOOKED_UP.region} as of ${LOOKED_UP.on}`, ...lines].join('\n');
};

const TEXTBOOK_USD = 146;

/** The size at which five million events a day come to the textbook's figure, with the stream; to the nearest 100 bytes. */
const textbookBytes = (): number => {
  const sizes = Array.from({ length: 200 }, (_, at) => (at + 1) * 100);
  const misses = sizes.map((bytes) => {
    const { platforms, stream } = estimate({ eventsPerDay: 5e6, bytes, peak: ASSUMED.peak }, dollars());
    const managed = platforms.at(-1);
    return Math.abs((managed ? total(managed) : 0) + total(stream) - TEXTBOOK_USD);
  });
  return sizes[misses.indexOf(Math.min(...misses))] ?? 0;
};

/** The textbook's figure beside ours. */
const textbook = (): string => {
  const rows = [600, 2_000, textbookBytes(), 10_000].map((bytes) => {
    const { platforms, stream } = estimate({ eventsPerDay: 5e6, bytes, peak: ASSUMED.peak }, dollars());
    const managed = platforms.at(-1);
    const usd = managed ? total(managed) : 0;
    return [bytes.toLocaleString('en'), money(usd), money(total(stream)), money(usd + total(stream))];
  });
  return table(['bytes of an event', 'Firehose and Lambda', 'the stream', 'together'], rows);
};

/** Every generated part of docs/cost.md, by the name of its markers. */
export const costTables = (): ReadonlyMap<string, string> =>
  new Map([
    ['overview', overview()],
    ['five-million', itemTable(estimate({ eventsPerDay: 5e6, bytes: 600, peak: ASSUMED.peak }, dollars()))],
    ['textbook', textbook()],
    ['prices', priceTable()],
  ]);
