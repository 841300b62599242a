import { CreateStreamCommand } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { MAX_BATCH_RECORDS } from '../../../src/produce/limits.ts';
import { type ProduceOptions, produce } from '../../../src/produce/produce.ts';
import { manualClock, seeded } from '../../support/clock.ts';
import { type LocalKinesis, localKinesis, STREAM, shardId } from '../../support/kinesis.ts';
import { pollingOf, reading, shardNamed } from '../../support/reading.ts';
import { until } from '../../support/until.ts';

const MIB = 1_048_576;

async function* of<T>(...lines: readonly T[]): AsyncIterable<T> {
  yield* lines;
}

/** A clock on which waiting costs nothing. */
const hasty = { ...systemClock, sleep: (_ms: number, signal?: AbortSignal) => systemClock.sleep(1, signal) };

const producing = (local: LocalKinesis, lines: ProduceOptions['lines'], more: Partial<ProduceOptions> = {}) =>
  produce({
    client: local.client,
    stream: STREAM,
    lines,
    clock: hasty,
    random: seeded(1),
    signal: new AbortController().signal,
    ...more,
  });

/** Everything on each of the first shards, as texts, once there are `count` in all. */
const storedIn = async (local: LocalKinesis, count: number, shards: number) => {
  const reads = Array.from({ length: shards }, (_, index) => reading(pollingOf(local.client), shardNamed(index)));
  await until(() => reads.reduce((sum, read) => sum + read.texts().length, 0) >= count);
  await Promise.all(reads.map((read) => read.stop()));
  return reads.map((read) => read.texts());
};
const stored = async (local: LocalKinesis, count: number) => (await storedIn(local, count, 1)).flat();

const events = (count: number) => Array.from({ length: count }, (_, i) => `{"user_id":"u${i}","n":${i}}`);

describe('producing', () => {
  it('puts every line on the stream, in order, in full requests', async () => {
    await using local = await localKinesis();
    const lines = events(1234);
    const told: number[] = [];
    const produced = await producing(local, of(...lines), { onProgress: ({ sent }) => void told.push(sent) });
    expect(produced).toEqual({ sent: 1234, bytes: lines.join('').length, retried: 0, refused: 0 });
    expect(told).toEqual([500, 1000, 1234]);
    expect(await stored(local, 1234)).toEqual(lines);
  });

  it('sends again only what failed', async () => {
    await using local = await localKinesis(2);
    local.kinesis.fault({ operation: 'PutRecords', kind: 'throttle', shardId: shardId(1), count: 2 });
    const lines = events(200);
    const produced = await producing(local, of(...lines));
    const [low = [], high = []] = await storedIn(local, 200, 2);
    expect(low.length).toBeGreaterThan(50);
    expect([...low, ...high].sort()).toEqual([...lines].sort());
    expect(produced).toMatchObject({ sent: 200, retried: 2 * high.length, refused: 0 });
  });

  it('comes through requests that fail whole', async () => {
    await using local = await localKinesis();
    for (const kind of ['throttle', 'error', 'drop'] as const) local.kinesis.fault({ operation: 'PutRecords', kind });
    const produced = await producing(local, of(...events(10)));
    expect(produced).toMatchObject({ sent: 10, retried: 30 });
    expect(await stored(local, 10)).toEqual(events(10));
  });

  it('refuses a line that no record can hold, says which, and goes on', async () => {
    await using local = await localKinesis();
    const refused: string[] = [];
    const lines = of(events(1)[0] ?? '', 'x'.repeat(MIB), 'y'.repeat(MIB - 32));
    const produced = await producing(local, lines, {
      onRefused: ({ origin, bytes, reason }) => void refused.push(`${origin} ${bytes} ${reason}`),
    });
    expect(produced).toMatchObject({ sent: 2, refused: 1 });
    expect(refused).toEqual([
      `event 2 ${MIB} with its partition key it is ${MIB + 32} bytes; a record holds ${MIB} at the most`,
    ]);
    expect((await stored(local, 2)).at(-1)).toHaveLength(MIB - 32);
  });

  it('finds the one line for which Kinesis refuses a whole request', async () => {
    await using local = await localKinesis();
    // Its told length hides from the producer that it is too long for a record: only Kinesis notices.
    const lines = events(20).map((text, i) => ({
      data: i === 13 ? Buffer.alloc(MIB, 'x') : Buffer.from(text),
      bytes: 9,
      origin: `line ${i}`,
    }));
    const refused: string[] = [];
    const produced = await producing(local, of(...lines), { onRefused: ({ origin }) => void refused.push(origin) });
    expect(refused).toEqual(['line 13']);
    expect(produced).toMatchObject({ sent: 19, refused: 1 });
  });

  it('keeps to the rate it is given', async () => {
    const clock = manualClock();
    await using local = await localKinesis();
    const sent: number[] = [];
    let done = false;
    const producer = producing(local, of(...events(100)), {
      clock,
      rate: 100,
      onProgress: (produced) => void sent.push(produced.sent),
    }).then(() => {
      done = true;
    });
    for (let tenth = 1; tenth <= 10; tenth++) {
      await until(() => sent.length === tenth);
      if (tenth === 10) break;
      await clock.tick(99);
      expect(sent).toHaveLength(tenth);
      await clock.tick(1);
    }
    await producer;
    expect(done).toBe(true);
    expect(sent).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  it('sends what there is when no more comes for a while, and ends at once when stopped', async () => {
    await using local = await localKinesis();
    const stopping = new AbortController();
    const forever = async function* () {
      yield 'one';
      yield 'two';
      await new Promise(() => undefined);
      yield 'never';
    };
    let sent = 0;
    const producer = producing(local, forever(), {
      clock: systemClock,
      lingerMs: 5,
      signal: stopping.signal,
      onProgress: (produced) => {
        sent = produced.sent;
      },
    });
    await until(() => sent === 2);
    stopping.abort();
    expect(await producer).toMatchObject({ sent: 2 });
  });

  it('gives up on a stream that is not there, and on one that takes nothing for long', async () => {
    await using local = await localKinesis();
    const nowhere = producing(local, of('x'), { stream: 'nowhere' });
    await expect(nowhere).rejects.toMatchObject({ code: 'SHARDLINE_PRODUCE_FAILED' });
    await expect(nowhere).rejects.toThrow(/nowhere cannot be written to: ResourceNotFoundException/);
    local.kinesis.fault({ operation: 'PutRecords', kind: 'throttle', count: 1000 });
    const clock = { ...hasty, now: () => systemClock.now() * 1000 };
    const blocked = producing(local, of('x'), { clock, patienceMs: 2000 });
    await expect(blocked).rejects.toThrow(/nothing got through for 2 s/);
  });

  it('keeps a request within 5 MiB', async () => {
    await using local = await localKinesis();
    const told: number[] = [];
    const lines = Array.from({ length: 12 }, (_, i) => `${i}${'x'.repeat(1_000_000)}`);
    await producing(local, of(...lines), { onProgress: ({ sent }) => void told.push(sent) });
    expect(told).toEqual([5, 10, 12]);
  });

  it('does not hold a whole file in memory', async () => {
    await using local = await localKinesis();
    await local.client.send(new CreateStreamCommand({ StreamName: 'slow', ShardCount: 1 }));
    let pulled = 0;
    let sent = 0;
    const counting = async function* () {
      for (; pulled < 5000; pulled++) {
        expect(pulled - sent).toBeLessThanOrEqual(2 * MAX_BATCH_RECORDS);
        yield `${pulled}`;
      }
    };
    const produced = await producing(local, counting(), {
      stream: 'slow',
      onProgress: (now) => {
        sent = now.sent;
      },
    });
    expect(produced.sent).toBe(5000);
  });
});
