import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type DryRunConfig, dryRun } from '../../../src/app/dry-run.ts';
import { systemClock } from '../../../src/core/clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'shardline-dry-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

writeFileSync(
  join(folder, 'changes.mjs'),
  `export default {
    name: 'changes',
    indices: ['users'],
    apply: ({ value: { version, ...rest } }) => [
      { id: 'a', timestamp: new Date(0), ...(version === undefined ? {} : { version: BigInt(version) }), ...rest },
    ],
  };`,
);

const config = (index: string): DryRunConfig => ({
  decode: 'json',
  decodeLimitBytes: 1_000_000,
  documentsPerRecord: 10,
  transform: './changes.mjs',
  transformOptions: {},
  index,
  leases: { failoverMs: 10_000 },
});

const becomes = async (index: string, event: object) => {
  const run = await dryRun(config(index), './changes.mjs', folder, systemClock);
  return run(1, Buffer.from(JSON.stringify(event)));
};

it('shows what each document is: operation, index, version, routing and pipeline', async () => {
  const document = { '@timestamp': '1970-01-01T00:00:00.000Z', n: 1 };
  const place = { index: 'users', id: 'a' };
  const version = '9223372036854775807';
  expect(await becomes('e-{yyyy}', { body: { n: 1 } })).toMatchObject({
    documents: [{ op: 'create', index: 'e-1970', id: 'a', document }],
  });
  expect(await becomes('e-{yyyy}', { op: 'index', version, index: 'users', body: { n: 1 } })).toMatchObject({
    documents: [{ op: 'index', ...place, version, document }],
  });
  expect(await becomes('users', { op: 'delete', version, routing: 'r' })).toMatchObject({
    documents: [{ op: 'delete', ...place, version, routing: 'r' }],
  });
  expect(await becomes('users', { pipeline: 'p', body: { n: 1 } })).toMatchObject({
    documents: [{ op: 'create', ...place, pipeline: 'p', document }],
  });
});

it('shows what could not be sent', async () => {
  const letter = async (index: string, event: object) => {
    const { documents, dead_letters } = await becomes(index, event);
    expect(documents).toEqual([]);
    return dead_letters.map(({ reason, message }) => `${reason}: ${message}`).join();
  };
  const change = { op: 'index', version: '1', body: {} };
  expect(await letter('e-{yyyy}', change)).toMatch(/^document-operation: op index needs an index without a date/);
  expect(await letter('users', { op: 'update', version: '1', body: {} })).toMatch(
    /^document-operation: the op is update/,
  );
  expect(await letter('users', { ...change, index: 'others' })).toMatch(/lists in its indices$/);
});
