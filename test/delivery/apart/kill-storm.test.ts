import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/finding.ts';
import { audit } from '../../support/audit.ts';
import { type BucketPlace, bucketPlace, type QueuePlace, queuePlace } from '../../support/letter-places.ts';
import type { Rig } from '../../support/rig.ts';
import { killStorm } from '../../support/storm.ts';
import type { Accounted } from '../../support/storm-account.ts';

const HOUR_MS = 3_600_000;

const ask = async (world: Rig, method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${world.opensearchUrl}/${path}`, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
  return (await answer.json()) as Record<string, unknown>;
};

/**
 * An audit after the storm, as a user does it: a queue cannot be read without using it up, so a spool is read. It ends a
 * minute behind its range.
 */
const auditor = async (world: Rig, toMs: number, queue: QueuePlace, bucket: BucketPlace) => {
  const spool = join(world.folder, 'spool');
  mkdirSync(spool);
  writeFileSync(join(spool, 'letters.ndjson'), (await queue.read()).map((text) => `${text}\n`).join(''));
  const SHARDLINE_TRANSFORM = join(world.folder, 'transform.mjs');
  const places = ['--letters', `file:${spool}`, '--letters', `${bucket.environment.SHARDLINE_DEAD_LETTER_TO}`];
  const asWorker = {
    command: (args: readonly string[]) => world.command(args, { ...bucket.environment, SHARDLINE_TRANSFORM }),
  };
  return (...more: readonly string[]) => audit(asWorker, { fromMs: toMs - HOUR_MS, toMs }, [...places, ...more]);
};

const named = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ verdict, index, id }) => `${verdict} ${index} ${id}`).sort();

/** Three documents go, one comes: the audit names them; it brings the three back and leaves the one alone. */
const auditDamage = async (
  world: Rig,
  run: Awaited<ReturnType<typeof auditor>>,
  accounted: Accounted,
): Promise<void> => {
  const sound = await run();
  expect(sound.findings, sound.err).toEqual([]);
  expect(sound.report).toMatchObject({ accounted: true, notes: [] });
  expect(sound.report?.totals).toMatchObject({ indexed: accounted.documents, dead_letter: accounted.letters });

  const [first, second] = [`${world.prefix}-2026.01.01`, `${world.prefix}-2026.01.02`];
  const gone = [`${first}/_doc/e10`, `${first}/_doc/e20`, `${second}/_doc/e21`];
  const before = await Promise.all(gone.map((path) => ask(world, 'GET', path)));
  for (const path of gone) await ask(world, 'DELETE', path);
  await ask(world, 'PUT', `${first}/_doc/by-hand`, { n: 1 });
  const added = `unexpected ${first} by-hand`;
  const spoilt = await run();
  expect(spoilt.code, spoilt.err).toBe(1);
  expect(named(spoilt.findings)).toEqual(
    [`missing ${first} e10`, `missing ${first} e20`, `missing ${second} e21`, added].sort(),
  );

  await run('--repair');
  const repaired = await run();
  expect(repaired.code, repaired.err).toBe(1);
  expect(named(repaired.findings)).toEqual([added]);
  const after = await Promise.all(gone.map((path) => ask(world, 'GET', path)));
  expect(after.map(({ _source }) => _source)).toEqual(before.map(({ _source }) => _source));
};

it('a storm of kills, stops, freezes and poison loses and doubles nothing, as an audit confirms', {
  timeout: 720_000,
}, async () => {
  await using queue = await queuePlace();
  await using bucket = await bucketPlace();
  const seed = Date.now() % 1_000_000;
  const begun = performance.now();
  const say = (line: string) =>
    process.stderr.write(`storm ${seed}, ${Math.round((performance.now() - begun) / 1_000)} s: ${line}\n`);
  const size = { workers: 3, shards: 4, events: 50_000, faults: 20, everyMs: 3_500 };
  const storm = { seed, ...size, places: [queue, bucket], say };
  const report = await killStorm(storm, async (world, accounted) => {
    say('all is accounted for');
    await auditDamage(world, await auditor(world, accounted.lastPutMs, queue, bucket), accounted);
  });
  expect(report.faults).toHaveLength(20);
});
