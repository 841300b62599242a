import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isRunning } from '../../src/local/lock.ts';
import { ownOpenSearch } from '../support/own-opensearch.ts';
import { startDemo, untilSaid } from '../support/started-demo.ts';
import { until } from '../support/until.ts';

const rowsOf = (stdout: string): readonly (readonly [string, number])[] =>
  [...stdout.matchAll(/^(music-events-\S+) +(\d+)(?: .*)?$/gm)].map(([, name = '', count]) => [name, Number(count)]);

const sumOf = (stdout: string): readonly number[] =>
  (/^sum: (\d+) indexed \+ (\d+) duplicates \+ (\d+) dead letters = (\d+) of (\d+) produced$/m.exec(stdout) ?? [])
    .slice(1)
    .map(Number);

test('demo --once ends by itself, its table adds up, and nothing of it is left running', async () => {
  const demo = startDemo(['--once']);
  await until(() => demo.stderr().includes('starting 2 workers'), 90_000);
  await until(() => demo.family().length >= 4, 30_000);
  const family = demo.family();
  expect(await demo.ended, demo.stderr()).toBe(0);
  const [indexed = 0, duplicates = 0, letters = 0, accounted, produced] = sumOf(demo.stdout());
  expect(indexed + duplicates + letters).toBe(produced);
  expect(accounted).toBe(produced);
  const rows = rowsOf(demo.stdout());
  expect(rows.length).toBeGreaterThanOrEqual(4);
  expect(rows.reduce((sum, [, count]) => sum + count, 0)).toBe(indexed);
  expect([duplicates, letters].every((count) => count > 10)).toBe(true);
  expect(demo.stdout() + demo.stderr()).not.toContain('\u001b');
  await until(() => !family.some(isRunning));
});

test('events of one’s own, of any age, into an OpenSearch that is there', async () => {
  await using opensearch = await ownOpenSearch();
  const folder = mkdtempSync(join(tmpdir(), 'shardline-events-'));
  const event = (id: number, day: string) =>
    JSON.stringify({ event_id: `own-${id}`, event_type: 'play', timestamp: `1998-03-${day}T10:00:00Z` });
  writeFileSync(join(folder, 'a.ndjson'), `${event(1, '01')}\n${event(2, '01')}\n${event(3, '02')}\n`);
  writeFileSync(join(folder, 'b.json'), `${event(1, '01')}\n\n{"event_id":"own-4"}\n`);
  const args = ['--once', '--events', folder, '--opensearch', opensearch.url];
  const first = startDemo(args);
  expect(await first.ended, first.stderr()).toBe(0);
  expect(rowsOf(first.stdout())).toEqual(
    expect.arrayContaining([
      ['music-events-1998.03.01', 2],
      ['music-events-1998.03.02', 1],
    ]),
  );
  expect(first.stdout()).toContain('sum: 3 indexed + 1 duplicates + 1 dead letters = 5 of 5 produced');
  const second = startDemo(args);
  expect(await second.ended, second.stderr()).toBe(0);
  expect(second.stdout()).toContain('sum: 0 indexed + 4 duplicates + 1 dead letters = 5 of 5 produced');
  expect(second.stdout()).toMatch(/^music-events-1998\.03\.01 +2 +\(2 of them were there before\)$/m);
  rmSync(folder, { recursive: true });
});

test('a plain demo shows its addresses, carries live events, and Ctrl-C leaves no process within 10 s', async () => {
  const demo = startDemo([]);
  await untilSaid(demo, /^Status page +http:\/\/127\.0\.0\.1:\d+\/$/m);
  await untilSaid(demo, /Ctrl-C stops everything/);
  expect(demo.stdout().match(/^ {2}curl -s '.*$/gm)).toHaveLength(3);
  expect(demo.stdout()).toMatch(/^ {2}export AWS_ENDPOINT_URL_KINESIS=http:\/\/127\.0\.0\.1:\d+$/m);
  await until(() => Number(/indexed (\d+),[^\n]*\n$/.exec(demo.stderr())?.[1]) > 15_000, 60_000);
  const family = demo.family();
  expect(family.length).toBeGreaterThanOrEqual(4);
  const startMs = performance.now();
  demo.child.kill('SIGINT');
  expect(await demo.ended, demo.stderr()).toBe(0);
  expect(performance.now() - startMs).toBeLessThan(10_000);
  await until(() => !family.some(isRunning));
});

test('a demo whose first worker is killed goes on: the second takes its shards over', async () => {
  const demo = startDemo([]);
  await untilSaid(demo, /Ctrl-C stops everything/);
  const [, page] = await untilSaid(demo, /on its page (http:\/\/127\.0\.0\.1:\d+)\//);
  const [, pid] = await untilSaid(demo, /^ {2}kill -9 (\d+)$/m);
  const held = async () =>
    Number(/^shardline_leases_held (\d+)$/m.exec(await (await fetch(`${page}/metrics`)).text())?.[1]);
  await until(async () => (await held()) === 2, 45_000);
  process.kill(Number(pid), 'SIGKILL');
  await until(() => demo.stderr().includes('worker 1 has ended (signal SIGKILL)'));
  await until(async () => (await held()) === 4, 45_000);
  demo.child.kill('SIGINT');
  expect(await demo.ended, demo.stderr()).toBe(0);
});

test('a demo that is killed takes everything it has started with it', async () => {
  const demo = startDemo([]);
  await untilSaid(demo, /Ctrl-C stops everything/);
  const family = demo.family();
  expect(family.length).toBeGreaterThanOrEqual(4);
  demo.child.kill('SIGKILL');
  await until(() => !family.some(isRunning));
});

test('a path that is not there and an address that is none are told before anything starts', async () => {
  const path = startDemo(['--once', '--events', '/nowhere/at/all']);
  expect(await path.ended).toBe(1);
  expect(path.stderr()).toMatch(/^shardline: .*\/nowhere\/at\/all.*\n$/);
  const address = startDemo(['--opensearch', 'localhost:9200']);
  expect(await address.ended).toBe(2);
  expect(address.stderr()).toMatch(/^shardline: --opensearch localhost:9200 .*\n$/);
});
