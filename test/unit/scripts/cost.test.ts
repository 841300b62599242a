import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NETWORK } from '../../../deploy/lib/network/settings.ts';
import { type Estimate, estimate, lambdaCalls, total } from '../../../scripts/cost/estimate.ts';
import { ASSUMED, MEASURED } from '../../../scripts/cost/facts.ts';
import { readOptions } from '../../../scripts/cost/options.ts';
import { dollars } from '../../../scripts/cost/prices.ts';
import { fleetFor, monthGb, peakCores } from '../../../scripts/cost/size.ts';
import { costTables } from '../../../scripts/cost/tables.ts';
import { withBetween } from '../../../src/config/table.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const page = (name: string) => readFileSync(`${root}/${name}`, 'utf8');
const load = (eventsPerDay: number, bytes: number, peak = 3) => ({ eventsPerDay, bytes, peak });
const item = (one: Estimate, bill: string, name: string): number => {
  const found = [...one.platforms, one.stream]
    .find((each) => each.name === bill)
    ?.items.find((each) => each.name === name);
  if (!found) throw new Error(`no item ${name} of ${bill}`);
  return found.usd;
};

describe('the size of a fleet', () => {
  it('rounds each event up to whole steps', () => {
    const days = 730 / 24;
    expect(monthGb(load(1_048_576, 1_024))).toBeCloseTo(days, 9);
    expect(monthGb(load(1_048_576, 1), 1_024)).toBeCloseTo(days, 9);
    expect(monthGb(load(1_048_576, 1_025), 1_024)).toBeCloseTo(2 * days, 9);
  });

  it('follows what was measured of a processor', () => {
    // 86.4 million a day are 1,000 a second.
    expect(peakCores(load(86.4e6, MEASURED.eventBytes, 1))).toBeCloseTo(0.0217, 9);
    expect(peakCores(load(86.4e6, 100, 3))).toBeCloseTo(0.0651, 9);
    expect(peakCores(load(86.4e6, 2 * MEASURED.eventBytes, 1))).toBeCloseTo(0.0434, 9);
  });

  it('is never fewer than two, and carries the peak when one is lost', () => {
    expect(fleetFor(load(1, 1))).toEqual({ task: { vcpu: 0.25, gb: 0.5 }, workers: 2, shards: 4 });
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e10, noNaN: true }),
        fc.integer({ min: 1, max: 100_000 }),
        (events, bytes) => {
          const { task, workers, shards } = fleetFor(load(events, bytes));
          const left = (workers - 1) * (task.vcpu * 0.6 - MEASURED.idleCores);
          expect(left).toBeGreaterThanOrEqual(peakCores(load(events, bytes)) * 0.999_999);
          expect(shards).toBeGreaterThanOrEqual(workers);
          expect(workers).toBeGreaterThanOrEqual(2);
        },
      ),
    );
  });
});

describe('a bill', () => {
  const one = estimate(load(5e6, 600), dollars());

  it('is what the price list says of what runs', () => {
    expect(item(one, 'ECS Fargate', 'tasks')).toBeCloseTo(2 * 730 * (0.25 * 0.03238 + 0.5 * 0.00356), 9);
    expect(item(one, 'ECS Fargate', 'lease table')).toBeCloseTo(
      722 * 4 * 730 * 0.625e-6 + 3_659 * 2 * 730 * 0.5 * 0.125e-6,
      9,
    );
    expect(item(one, 'EKS, a cluster for it alone', 'cluster')).toBeCloseTo(73, 9);
    expect(item(one, 'EKS, in a cluster that is there', 'its share of nodes')).toBeCloseTo((2 / 8) * 730 * 0.0336, 9);
    const billedGb = (5e6 * (730 / 24) * 5_120) / 1_024 ** 3;
    expect(item(one, 'Firehose and Lambda', 'Firehose, by records of 5 KB')).toBeCloseTo(billedGb * 0.029, 9);
    expect(item(one, 'the stream, common to all', 'stream')).toBeCloseTo(29.2, 9);
  });

  it('has a function that is called by size, or by time where little comes', () => {
    expect(lambdaCalls(load(1, 600), 4)).toBe(730 * 60 * 4);
    expect(lambdaCalls(load(1e9, 1_000), 4)).toBeCloseTo((1e9 * 730) / 24 / 1_000, 3);
  });

  it('never gets smaller with more or larger events, nor with a higher price', () => {
    const sums = (events: number, bytes: number, usd = dollars()) => {
      const { platforms, stream } = estimate(load(events, bytes), usd);
      return [...platforms, stream].map(total);
    };
    const size = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), size, size, (events, bytes, more) => {
        const [less, larger, many] = [
          sums(events, bytes),
          sums(events, bytes + more),
          sums(events + more * 1_000, bytes),
        ];
        const dear = sums(events, bytes, dollars({ dynamodbWrite: 1, firehoseGb: 1, streamHour: 1 }));
        for (const [at, usd] of less.entries()) {
          expect(larger[at]).toBeGreaterThanOrEqual(usd);
          expect(dear[at]).toBeGreaterThan(usd);
          expect(many[at]).toBeGreaterThanOrEqual(usd);
        }
      }),
    );
  });
});

describe('the page', () => {
  it('shows what the script reckons (else run: node scripts/generate.mjs)', () => {
    let text = page('docs/cost.md');
    for (const [name, table] of costTables()) text = withBetween(text, name, table);
    expect(page('docs/cost.md') === text).toBe(true);
  });

  it('takes its measurements from the page on performance', () => {
    const performance = page('docs/performance.md');
    for (const figure of ['21.7', '3.7 %', '284 MiB', '| 722 |', '3,659 scans']) expect(performance).toContain(figure);
    expect([MEASURED.cpuSecondsPerMillion, MEASURED.idleCores, MEASURED.peakMiB]).toEqual([21.7, 0.037, 284]);
    expect(page('docs/managed.md')).toContain('A usual batch of 1 MB takes 60 ms of a processor');
    expect(MEASURED.lambdaCpuSecondsPerMb).toBe(0.06);
    expect([MEASURED.leaseWritesPerShardHour, MEASURED.leaseScansPerWorkerHour]).toEqual([722, 3_659]);
  });

  it('counts what the CDK app and the service make', () => {
    expect(ASSUMED.endpoints).toBe(NETWORK.endpoints.fallback.length);
    expect(ASSUMED.zones).toBe(NETWORK.zones.fallback);
    expect(page('docs/metrics.md').match(/^\| `[A-Z][A-Za-z]+` \| /gm)).toHaveLength(ASSUMED.metrics);
  });

  it('says of the table what is in it', () => {
    const sum = (events: number, name: string) => {
      const { platforms } = estimate(load(events, 600), dollars());
      return total(platforms.find((bill) => bill.name === name) ?? { name, items: [] });
    };
    const [ecs, managed] = ['ECS Fargate', 'Firehose and Lambda'];
    expect(sum(22e6, ecs)).toBeGreaterThan(sum(22e6, managed));
    expect(sum(24e6, ecs)).toBeLessThan(sum(24e6, managed));
    const [grown, grownManaged] = [ecs, managed].map((name) => sum(100e6, name) - sum(20e6, name));
    expect((grownManaged ?? 0) / (grown ?? 1)).toBeGreaterThan(9);
    const five = estimate(load(5e6, 600), dollars());
    expect(item(five, ecs, 'interface endpoints')).toBeGreaterThan(87.5);
    expect(Math.round(sum(5e6, ecs) - item(five, ecs, 'interface endpoints'))).toBe(27);
    expect(Math.round(sum(5e6, 'EKS, in a cluster that is there'))).toBe(9);
    expect(Math.floor((0.6 - MEASURED.idleCores) / peakCores(load(1e8, 600)))).toBe(6);
    expect(Math.floor((0.25 * 0.6 - MEASURED.idleCores) / peakCores(load(20e6, 600)))).toBe(6);
  });
});

describe('the command', () => {
  const run = (...args: string[]) => promisify(execFile)(execPath, ['scripts/cost.mjs', ...args], { cwd: root });

  it('prints a bill for a person, or everything for a program', async () => {
    const { stdout } = await run('--events-per-day', '5e6', '--bytes', '600');
    expect(stdout).toMatch(/^5,000,000 events a day of 600 bytes, 3 times as many at the peak; workers: 2 × 0.25 vCPU/);
    expect(stdout).toMatch(/^ECS Fargate +\d+$/m);
    const json = await run('--events-per-day', '5e6', '--bytes', '600', '--price', 'eksClusterHour=1', '--json');
    const eks = JSON.parse(json.stdout).platforms.find(({ name }: { name: string }) =>
      name.startsWith('EKS, a cluster'),
    );
    expect(eks.items[0]).toEqual({ name: 'cluster', usd: 730 });
    expect(eks.total).toBeGreaterThan(730);
  });

  it('says what is wrong with its options, with 2', async () => {
    const ended = await run('--bytes', '600').catch((error) => error);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^--events-per-day is "": expected a number from 1 to/);
    const good = ['--events-per-day', '5e6', '--bytes', '600'];
    for (const [args, says] of [
      [['--bytes', '0', '--events-per-day', '1'], '--bytes is "0": expected a number from 1 to 10485760'],
      [['--bytes', '6OO', '--events-per-day', '1'], '--bytes is "6OO"'],
      [[...good, '--peak', '0.5'], '--peak is "0.5": expected a number from 1 to 1000'],
      [[...good, '--price', 'gold=1'], '--price gold=1: expected one of fargateVcpuHour'],
      [[...good, '--price', 'nodeHour'], '--price nodeHour is ""'],
      [[...good, '--price', 'nodeHour=-1'], '--price nodeHour is "-1"'],
      [[...good, '--region', 'x'], "Unknown option '--region'"],
    ] as const)
      expect(() => readOptions(args)).toThrow(says);
  });
});
