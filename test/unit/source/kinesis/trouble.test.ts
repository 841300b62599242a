import { type KinesisClient, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/core/clock.ts';
import { TRIM_HORIZON } from '../../../../src/core/position.ts';
import { trouble } from '../../../../src/source/kinesis/trouble.ts';
import { fullBudget, openBudget } from '../../../support/budget.ts';
import { manualClock } from '../../../support/clock.ts';
import { localKinesis, putTexts, rewritingClient, STREAM, shardId } from '../../../support/kinesis.ts';
import { hearing, pollingOf, reading, shardNamed } from '../../../support/reading.ts';
import { until } from '../../../support/until.ts';

/** A clock that runs a hundred times as fast: backoff without the wait. */
const hasty = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 100, signal) };
const hastyClock = { ...hasty, now: () => systemClock.now() * 100 };

describe('a reader in trouble', () => {
  it('comes through throttling, errors, cut connections and slow answers without a gap or a repetition', async () => {
    await using local = await localKinesis();
    const { kinesis, client } = local;
    const { heard, observe } = hearing();
    const budget = openBudget();
    const texts: string[] = [];
    const read = reading(pollingOf(client, { observe, budget, clock: hastyClock }));
    for (const kind of ['throttle', 'error', 'drop', 'lose'] as const) {
      for (const operation of ['GetRecords', 'GetShardIterator']) kinesis.fault({ operation, kind, count: 2 });
      kinesis.fault({ operation: 'GetRecords', kind: 'slow', delayMs: 20 });
      texts.push(`during ${kind}`);
      await putTexts(client, [`during ${kind}`]);
      await until(() => read.texts().length === texts.length);
    }
    await read.stop();
    expect(read.texts()).toEqual(texts);
    expect(heard.filter((line) => line === 'throttled').length).toBeGreaterThanOrEqual(2);
    expect(heard.filter((line) => line.startsWith('failed')).length).toBeGreaterThanOrEqual(4);
    expect(budget.held()).toBe(0);
  });

  it('ends at once when stopped: asleep, waiting for memory, or in the middle of a request', async () => {
    await using local = await localKinesis();
    const { kinesis, client } = local;
    const clock = manualClock();
    const asleep = reading(pollingOf(client, { clock }));
    await until(() => clock.sleepers() === 1);
    await asleep.stop();

    const waiting = reading(pollingOf(client, { budget: fullBudget }));
    await waiting.stop();

    const budget = openBudget();
    kinesis.fault({ operation: 'GetShardIterator', kind: 'slow', delayMs: 60_000 });
    const { heard, observe } = hearing();
    const asking = reading(pollingOf(client, { budget, observe }));
    await until(() => budget.held() > 0);
    await asking.stop();
    expect(budget.held()).toBe(0);
    expect(heard).toEqual([]);
    expect([...asleep.pages, ...waiting.pages, ...asking.pages]).toEqual([]);
  });

  it('holds nothing more once its loop is left', async () => {
    await using local = await localKinesis();
    await putTexts(local.client, ['one']);
    const budget = openBudget();
    for await (const page of pollingOf(local.client, { budget }).read(
      shardNamed(0),
      TRIM_HORIZON,
      new AbortController().signal,
    )) {
      expect(budget.held()).toBe(page.bytes + 200);
      page.charge.release();
      break;
    }
    expect(budget.held()).toBe(0);
  });
});

/** Its last answers name no children, as some emulators'; `list` changes what ListShards answers. */
const childless = (url: string, list: (body: string) => string = (body) => body) =>
  rewritingClient(url, (operation, body) =>
    operation === 'ListShards' ? list(body) : body.replace(/"ChildShards":\[.*\]/, '"ChildShards":[]'),
  );

const splitIn = async (client: KinesisClient) => {
  await putTexts(client, ['one']);
  const split = { StreamName: STREAM, ShardToSplit: shardId(0), NewStartingHashKey: '1000' };
  await client.send(new SplitShardCommand(split));
};

describe('an end without children in the answer', () => {
  it('asks the list of shards for them', async () => {
    await using local = await localKinesis();
    await splitIn(local.client);
    const client = childless(local.kinesis.url);
    local.kinesis.fault({ operation: 'ListShards', kind: 'error', count: 2 });
    const budget = openBudget();
    const read = reading(pollingOf(client, { clock: hastyClock, budget }));
    await read.ended;
    client.destroy();
    expect(read.texts()).toEqual(['one']);
    expect(read.pages.at(-1)?.children?.map((child) => child.id)).toEqual([shardId(1), shardId(2)]);
    expect(budget.held()).toBe(0);
  });

  it('does not finish a closed shard that nothing continues yet', async () => {
    await using local = await localKinesis();
    await splitIn(local.client);
    let asked = 0;
    const client = childless(local.kinesis.url, (body) => {
      asked += 1;
      const { Shards } = JSON.parse(body);
      return asked < 3 ? JSON.stringify({ Shards: Shards.slice(0, 1) }) : body;
    });
    const { heard, observe } = hearing();
    const read = reading(pollingOf(client, { clock: hastyClock, observe }));
    await read.ended;
    client.destroy();
    expect(heard.filter((line) => line.includes('no shard continues it yet'))).toHaveLength(2);
    expect(read.pages.at(-1)?.children).toHaveLength(2);
  });

  it('reads on when the list says that the shard is open', async () => {
    await using local = await localKinesis();
    await putTexts(local.client, ['one']);
    let broken = true;
    const client = rewritingClient(local.kinesis.url, (_operation, body) =>
      broken ? body.replace(/,"NextShardIterator":"[^"]*"/, '') : body,
    );
    const { heard, observe } = hearing();
    const read = reading(pollingOf(client, { clock: hastyClock, observe }));
    await until(() => heard.some((line) => line.includes('no shard continues it yet')));
    broken = false;
    await putTexts(local.client, ['two']);
    await until(() => read.texts().length === 2);
    await read.stop();
    client.destroy();
    expect(read.texts()).toEqual(['one', 'two']);
  });
});

describe('a shard that Kinesis does not know', () => {
  /** The list, with another shard's parent named. */
  const continuing = (parent: string) => (operation: string, body: string) => {
    if (operation !== 'ListShards') return body;
    const { Shards } = JSON.parse(body);
    return JSON.stringify({ Shards: [{ ...Shards[0], ParentShardId: parent }] });
  };

  it('is done when others continue it: all of it is older than the retention', async () => {
    await using local = await localKinesis();
    const client = rewritingClient(local.kinesis.url, continuing(shardId(9)));
    const { heard, observe } = hearing();
    const budget = openBudget();
    const read = reading(pollingOf(client, { clock: hastyClock, budget, observe }), shardNamed(9));
    await read.ended;
    client.destroy();
    expect(read.pages.at(-1)?.children?.map((child) => child.id)).toEqual([shardId(0)]);
    expect(heard.filter((line) => line.startsWith('lost'))).toEqual(['lost TRIM_HORIZON']);
    expect(budget.held()).toBe(0);
  });

  it('is waited for when none continues it, and read once it is there', async () => {
    await using local = await localKinesis();
    const { heard, observe } = hearing();
    const read = reading(pollingOf(local.client, { clock: hastyClock, observe }), shardNamed(1));
    await until(() => heard.filter((line) => line.startsWith('failed')).length > 3);
    await splitIn(local.client);
    await putTexts(local.client, ['two', 'three'], 'b');
    await until(() => heard.includes('tip'));
    await read.stop();
    expect(heard.filter((line) => line.startsWith('lost'))).toEqual([]);
  });
});

describe('speaking of trouble', () => {
  const listening = () => {
    const lines: string[] = [];
    const say = (_fields: object, message: string) => void lines.push(message);
    return { lines, log: { debug: say, info: say, warn: say, error: say } };
  };

  it('says the first failure, then one every half minute, then that it is over', async () => {
    const clock = manualClock();
    const { lines, log } = listening();
    const met = trouble({ clock, log, random: () => 0.5 }, {});
    for (let i = 0; i < 61; i++) {
      met.met('failed', new Error('down'));
      await clock.tick(1000);
    }
    met.over();
    met.over();
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toBe('the shard is read again');
  });

  it('waits longer with every failure in a row, up to a bound', () => {
    const { log } = listening();
    const met = trouble({ clock: manualClock(), log, random: () => 1 }, {});
    const waits = Array.from({ length: 9 }, () => met.met('failed', new Error('down')));
    expect(waits.slice(0, 3)).toEqual([250, 500, 1000]);
    expect(waits.at(-1)).toBe(10_000);
    met.over();
    expect(met.met('failed', new Error('down'))).toBe(250);
  });

  it('keeps quiet about a few throttled reads', () => {
    const { lines, log } = listening();
    const met = trouble({ clock: manualClock(), log, random: () => 1 }, {});
    for (let i = 0; i < 9; i++) met.met('throttled', new Error('slow down'));
    expect(lines).toEqual([]);
    met.met('throttled', new Error('slow down'));
    expect(lines).toHaveLength(1);
  });
});
