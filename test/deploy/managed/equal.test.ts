import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleManaged } from '../../../scripts/bundle-managed.ts';
import { REASONS } from '../../../src/core/reasons.ts';
import { compare, expectedOf, type Pair, saidIn } from '../../support/managed/compare.ts';
import { type LambdaFunction, startLambda } from '../../support/managed/lambda.ts';
import { publicSamples } from '../../support/managed/public-samples.ts';
import { anyRecord, musicLine, OWN_TRANSFORM, onShards, ownLines } from '../../support/managed/records.ts';
import { type ServiceStages, startService } from '../../support/managed/service.ts';
import { nastyRecords } from '../../support/nasty.ts';
import { sharedFiles } from '../../support/shared-data.ts';

/** Old events are none too many: Sparkify's lie years before their arrival here. */
const ENV = { SHARDLINE_INDEX_WINDOW_PAST: 'unlimited' };
const OWN_ENV = {
  SHARDLINE_DECODE: 'ndjson',
  SHARDLINE_DECODE_LIMIT: '64KiB',
  SHARDLINE_DOCUMENTS_PER_RECORD: '5',
  SHARDLINE_LEASES_FAILOVER: '2s',
};

const folder = mkdtempSync(join(tmpdir(), 'shardline-managed-'));
const ownFile = join(folder, 'own.mts');
const functions: LambdaFunction[] = [];
const services: ServiceStages[] = [];
let builtIn: Pair;
let own: Pair;

const bundled = async (name: string, env: Readonly<Record<string, string>>, transform?: string): Promise<Pair> => {
  const out = join(folder, name);
  bundleManaged({ out, transform });
  const lambda = await startLambda(out, env);
  functions.push(lambda);
  const service = await startService({ ...env, ...(transform && { SHARDLINE_TRANSFORM: transform }) }, folder);
  services.push(service);
  return { lambda, service };
};

beforeAll(async () => {
  writeFileSync(ownFile, OWN_TRANSFORM);
  builtIn = await bundled('built-in', ENV);
  own = await bundled('own', OWN_ENV, ownFile);
});
afterAll(async () => {
  await Promise.all(functions.map((each) => each[Symbol.asyncDispose]()));
  await Promise.all(services.map((each) => each.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** New ones each time; what fails is found again by its seed. */
const SEED = Number(process.env.SHARDLINE_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const sample = (records: fc.Arbitrary<Uint8Array>, count: number) =>
  onShards(fc.sample(records, { numRuns: count, seed: SEED }));

/** Why a record fails before OpenSearch is asked. A repeated id is always one of several documents: no reason here. */
const EARLY_REASONS = REASONS.filter((reason) => /^(decode|transform|document-(?!repeated)|index-window)/.test(reason));

describe(`the bundled function and the service (SHARDLINE_TEST_SEED=${SEED})`, () => {
  const met = new Set<string>();
  const noted = async (counts: ReturnType<typeof compare>) => {
    for (const name of Object.keys(await counts)) met.add(name);
    return counts;
  };

  it('agree on 5,000 generated records with the built-in transform', async () => {
    const { Ok } = await noted(compare(builtIn, sample(anyRecord(musicLine()), 5_000)));
    expect(Ok).toBeGreaterThan(1_000);
  });

  it('agree on 5,000 generated records with a transform of a user, one event a line', async () => {
    const counts = await noted(compare(own, sample(anyRecord(ownLines()), 5_000)));
    for (const name of ['Ok', 'Dropped', 'fan-out-unsupported']) expect(counts[name], name).toBeGreaterThan(100);
  });

  it('agree on a transform that never returns', async () => {
    const lines = ['{"makes":["document"]}', '{"does":"hang"}', '{"makes":["document"]}'];
    expect(await noted(compare(own, onShards(lines)))).toEqual({ Ok: 2, 'transform-timeout': 1 });
  });

  it('agree on every class of bad input', async () => {
    const counts = await noted(compare(builtIn, onShards(nastyRecords().map(({ data }) => data))));
    expect(counts.Ok).toBeGreaterThan(10);
  });

  it('have met every reason that there is before OpenSearch is asked', () => {
    expect(EARLY_REASONS.filter((reason) => !met.has(reason))).toEqual([]);
  });

  const days = sharedFiles('sparkify_events');
  it.runIf(days.length > 0)('agree on the real events of a streaming service', async () => {
    const lines = days.flatMap(({ bytes }) =>
      bytes
        .toString()
        .split('\n')
        .filter((line) => line !== ''),
    );
    expect(await compare(builtIn, onShards(lines))).toEqual({ Ok: 4_965 });
  });

  const samples = publicSamples();
  it.runIf(samples.length > 0)('agree on the public samples of Firehose and Kinesis events', async () => {
    expect(samples.length).toBeGreaterThan(4);
    for (const { name, event, records } of samples)
      for (const { lambda, service } of [builtIn, own]) {
        const expected = (await service.serve(records)).map(expectedOf);
        expect([name, saidIn(await lambda.invoke(event))]).toEqual([name, expected]);
      }
  });
});
