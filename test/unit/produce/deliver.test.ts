import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../src/produce/batches.ts';
import { type Delivering, deliver } from '../../../src/produce/deliver.ts';
import type { PutAnswer } from '../../../src/produce/kinesis/put-records.ts';
import { manualClock } from '../../support/clock.ts';

const entries: readonly Entry[] = Array.from({ length: 4 }, (_, i) => ({
  data: Buffer.from(`${i}`),
  bytes: 1,
  origin: `line ${i}`,
  key: 'k',
}));

/** A stream that takes 50 s over each request, then answers as `answer` says. */
const slowStream = (answer: (sent: readonly Entry[]) => PutAnswer) => {
  const clock = manualClock();
  const taken: string[] = [];
  const parts: Delivering = {
    put: async (sent) => {
      await clock.tick(50_000);
      return answer(sent);
    },
    stream: 'events',
    patienceMs: 60_000,
    clock: { ...clock, sleep: async () => undefined },
    random: () => 0.5,
    signal: new AbortController().signal,
    taken: (some) => void taken.push(...some.map((entry) => entry.origin)),
    retried: () => undefined,
    refuse: () => undefined,
  };
  return { parts, taken };
};

describe('delivering a batch', () => {
  it('has patience as long as anything gets through', async () => {
    const { parts, taken } = slowStream((sent) => ({ again: sent.slice(1), why: 'slow' }));
    await deliver(parts, entries);
    expect(taken).toEqual(['line 0', 'line 1', 'line 2', 'line 3']);
  });

  it('loses patience when nothing does, and says why', async () => {
    const { parts, taken } = slowStream((sent) => ({ again: sent, why: 'the shard is asleep' }));
    await expect(deliver(parts, entries)).rejects.toThrow(/the shard is asleep; nothing got through for 60 s/);
    expect(taken).toEqual([]);
  });
});
