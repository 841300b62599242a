import { describe, expect, it } from 'vitest';
import { type Delivery, digestIn } from '../../src/core/delivery.ts';
import { seeded } from '../support/clock.ts';
import { delivery, special } from '../support/deliveries.ts';
import { startWriting } from '../support/writing.ts';

/**
 * Versions of a few things, delivered in any order, late, more than once and through a sink that fails at random, leave
 * each of them at its highest version, deleted or not.
 */

const SCHEDULES = 300;

const changesOf = (random: () => number): readonly Delivery[] =>
  Array.from({ length: 1 + Math.floor(random() * 4) }, (_, i) => i).flatMap((id) =>
    Array.from({ length: 1 + Math.floor(random() * 8) }, (_, version) => {
      const op = random() < 0.3 ? 'delete' : 'index';
      const body = `{"@timestamp":"${version}"${op === 'delete' ? '' : `,"v":${version}`}}`;
      return delivery(`t${id}`, { index: 'things', body, special: special({ op, version: BigInt(version) }) });
    }),
  );

/** In any order, each at least once. */
const shuffled = (changes: readonly Delivery[], random: () => number): readonly Delivery[] => {
  const again = changes.filter(() => random() < 0.4);
  return [...changes, ...again.map((each) => ({ ...each }))]
    .map((each) => ({ each, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each);
};

const schedule = async (seed: number): Promise<void> => {
  const random = seeded(seed);
  const changes = changesOf(random);
  await using writing = startWriting({
    limits: { maxBytes: 100_000, maxDocuments: 1 + Math.floor(random() * 10), maxAgeMs: 20 },
    maxInFlight: 1 + Math.floor(random() * 3),
  });
  const { clock, target, writer, fates } = writing;
  const rate = random() * 0.4;
  target.failRequest = () => (random() < rate ? { retry: '503' } : undefined);
  target.failItem = () => (random() < rate ? { status: 'retry', why: '429' } : undefined);
  const { write } = target;
  target.write = async (batch, signal) => {
    await clock.sleep(Math.floor(random() * 40));
    const answer = await write(batch, signal);
    return random() < rate / 4 ? { retry: 'ECONNRESET' } : answer;
  };
  const deliveries = shuffled(changes, random);
  for (let at = 0; at < deliveries.length; ) {
    const count = 1 + Math.floor(random() * 10);
    writer.submit(deliveries.slice(at, at + count));
    at += count;
    await clock.tick(Math.floor(random() * 50));
  }
  await clock.tick(600_000);
  const ended = [...fates.values()].flat();
  expect(ended).toHaveLength(deliveries.length);
  expect(ended.filter((fate) => fate !== 'indexed' && fate !== 'stale')).toEqual([]);
  const highest = new Map(changes.map((each) => [each.id, digestIn(each)]));
  const stored = [...(target.indices.get('things') ?? [])].map(([id, { digest }]) => [id, digest] as const);
  expect(new Map(stored)).toEqual(highest);
};

describe('versions', () => {
  it(`end at the highest, in ${SCHEDULES} schedules`, { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= SCHEDULES; seed += 1) {
      await schedule(seed).catch((thrown: unknown) => {
        throw new Error(`seed ${seed}: ${String(thrown)}`, { cause: thrown });
      });
    }
  });
});
