import { CreateStreamCommand, MergeShardsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { type Position, SHARD_END, sequencePosition, TRIM_HORIZON } from '../../../../src/core/position.ts';
import { startKinesis } from '../../../../src/local/kinesis/server.ts';
import { openBudget } from '../../../support/budget.ts';
import { manualClock } from '../../../support/clock.ts';
import { localClient, localKinesis, putTexts, rewritingClient, STREAM, shardId } from '../../../support/kinesis.ts';
import { hearing, pollingOf, reading, recordsOf, shardNamed } from '../../../support/reading.ts';
import { until } from '../../../support/until.ts';

const StreamName = STREAM;
const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `event ${from + i}`);

describe('reading a shard', () => {
  it('brings every record once and in order, what comes later too', async () => {
    await using local = await localKinesis();
    for (let i = 0; i < 3000; i += 500) await putTexts(local.client, numbered(i, i + 500));
    const budget = openBudget();
    const read = reading(pollingOf(local.client, { budget }));
    await until(() => read.texts().length === 3000);
    await putTexts(local.client, numbered(3000, 3100));
    await until(() => read.texts().length === 3100);
    await read.stop();
    expect(read.texts()).toEqual(numbered(0, 3100));
    expect(read.pages.length).toBeGreaterThan(1);
    for (const page of read.pages) {
      expect(page.bytes).toBe(recordsOf(page).reduce((sum, record) => sum + record.data.byteLength, 0));
      expect(page.children).toBeUndefined();
    }
    expect(read.pages.at(-1)?.behindMs).toBe(0);
    expect(budget.held()).toBe(0);
  });

  it('begins where the position says', async () => {
    await using local = await localKinesis();
    const [first = '', second = ''] = await putTexts(local.client, ['one', 'two', 'three']);
    const at = async (from: Position) => {
      const read = reading(pollingOf(local.client), shardNamed(0), from);
      // A first page may hold a single record.
      await until(() => read.texts().at(-1) === 'three');
      await read.stop();
      return read.texts();
    };
    expect(await at(TRIM_HORIZON)).toEqual(['one', 'two', 'three']);
    expect(await at(sequencePosition(first))).toEqual(['two', 'three']);
    expect(await at(sequencePosition(second, 4))).toEqual(['two', 'three']);
    expect(await at({ at: 'AT_TIMESTAMP', timestampMs: 0 })).toEqual(['one', 'two', 'three']);
    const ended = reading(pollingOf(local.client), shardNamed(0), SHARD_END);
    await ended.ended;
    expect(ended.pages).toEqual([]);
  });

  it('reads only what is new at LATEST, even when its first iterator expires', async () => {
    const clock = manualClock();
    const { heard, observe } = hearing();
    await using local = await localKinesis(1, { clock });
    await putTexts(local.client, ['old']);
    await clock.tick(60_000);
    const paused = manualClock(0, clock.wall().getTime());
    const source = pollingOf(local.client, { observe, clock: paused });
    const read = reading(source, shardNamed(0), { at: 'LATEST' });
    await until(() => heard.includes('tip') && paused.sleepers() === 1);
    await putTexts(local.client, ['new']);
    await clock.tick(300_001);
    await until(async () => {
      await paused.tick(100);
      return read.texts().length > 0;
    });
    await read.stop();
    expect(read.texts()).toEqual(['new']);
  });

  it('goes on after the last record when its iterator expires', async () => {
    const clock = manualClock();
    await using local = await localKinesis(1, { clock });
    await putTexts(local.client, ['one', 'two']);
    const read = reading(pollingOf(local.client));
    await until(() => read.texts().length === 2);
    await clock.tick(300_001);
    await putTexts(local.client, ['three']);
    await until(() => read.texts().length === 3);
    await read.stop();
    expect(read.texts()).toEqual(['one', 'two', 'three']);
  });

  it('hands no empty pages on at the tip, yet tells how far behind it is', async () => {
    await using local = await localKinesis();
    const { heard, observe } = hearing();
    const budget = openBudget();
    const read = reading(pollingOf(local.client, { observe, budget }));
    await until(() => heard.filter((line) => line === 'tip').length >= 3);
    await read.stop();
    expect(read.pages).toEqual([]);
    expect(budget.held()).toBe(0);
  });

  it('hands an empty page on when it changes how far behind the shard is', async () => {
    await using local = await localKinesis();
    const behind = [9000, 9000, 4000];
    const client = rewritingClient(local.kinesis.url, (_operation, body) =>
      body.replace(/"MillisBehindLatest":\d+/, () => `"MillisBehindLatest":${behind.shift() ?? 0}`),
    );
    const read = reading(pollingOf(client));
    await until(() => read.pages.length === 3);
    await read.stop();
    client.destroy();
    expect(read.pages.map((page) => [page.records.length, page.behindMs])).toEqual([
      [0, 9000],
      [0, 4000],
      [0, 0],
    ]);
  });

  it('takes an ARN for the stream', async () => {
    await using local = await localKinesis();
    await putTexts(local.client, ['one']);
    const stream = `arn:aws:kinesis:us-east-1:000000000000:stream/${STREAM}`;
    const read = reading(pollingOf(local.client, { stream }));
    await until(() => read.texts().length === 1);
    await read.stop();
  });
});

describe('the end of a shard', () => {
  it('comes with the children of a split', async () => {
    await using local = await localKinesis();
    await putTexts(local.client, numbered(0, 10));
    await local.client.send(
      new SplitShardCommand({ StreamName, ShardToSplit: shardId(0), NewStartingHashKey: '1000' }),
    );
    const read = reading(pollingOf(local.client));
    await read.ended;
    expect(read.texts()).toEqual(numbered(0, 10));
    expect(read.pages.at(-1)?.children).toEqual([
      { id: shardId(1), parents: [shardId(0)], hashRange: { start: '0', end: '999' } },
      {
        id: shardId(2),
        parents: [shardId(0)],
        hashRange: { start: '1000', end: '340282366920938463463374607431768211455' },
      },
    ]);
    expect(read.pages.slice(0, -1).every((page) => page.children === undefined)).toBe(true);
  });

  it('is seen by a reader at the tip, of a shard that never had a record too', async () => {
    await using local = await localKinesis(2);
    const { heard, observe } = hearing();
    const read = reading(pollingOf(local.client, { observe }), shardNamed(1));
    await until(() => heard.includes('tip'));
    await local.client.send(
      new MergeShardsCommand({ StreamName, ShardToMerge: shardId(0), AdjacentShardToMerge: shardId(1) }),
    );
    await read.ended;
    expect(read.pages.at(-1)?.children?.map((child) => [child.id, child.parents])).toEqual([
      [shardId(2), [shardId(0), shardId(1)]],
    ]);
  });
});

describe('a checkpoint that Kinesis no longer knows', () => {
  it('is reported as lost, and reading goes on at the oldest record', async () => {
    await using local = await localKinesis(1, { maxStreamBytes: 2000 });
    const [first = ''] = await putTexts(local.client, ['first']);
    for (let i = 0; i < 3; i++) await putTexts(local.client, [`${i}${'x'.repeat(500)}`]);
    const { heard, observe } = hearing();
    const read = reading(pollingOf(local.client, { observe }), shardNamed(0), sequencePosition(first));
    await until(() => read.texts().length === 2);
    await read.stop();
    expect(heard).toContain('lost SEQUENCE');
    expect(read.texts().map((text) => text.charAt(0))).toEqual(['1', '2']);
  });
});

describe('a stream that is not there', () => {
  it('is waited for, loudly, and never taken for finished', async () => {
    const kinesis = await startKinesis();
    const client = localClient(kinesis.url);
    const { heard, observe } = hearing();
    const read = reading(pollingOf(client, { observe }));
    await until(() => heard.some((line) => line.startsWith('failed Stream events')));
    expect(read.pages).toEqual([]);
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    await putTexts(client, ['at last']);
    await until(() => read.texts().length === 1);
    await read.stop();
    client.destroy();
    await kinesis.close();
  });
});
