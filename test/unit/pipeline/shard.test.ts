import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../src/core/delivery.ts';
import type { HeldLease, Saved } from '../../../src/core/lease.ts';
import type { DeadLetter } from '../../../src/core/letter.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { SourceRecord } from '../../../src/core/page.ts';
import { type Position, TRIM_HORIZON } from '../../../src/core/position.ts';
import type { Source } from '../../../src/core/source.ts';
import { decoder } from '../../../src/decode/decoder.ts';
import { workerBudget } from '../../../src/pipeline/budget.ts';
import { shardWork } from '../../../src/pipeline/shard.ts';
import type { PageStages } from '../../../src/pipeline/walk.ts';
import { indexNamer } from '../../../src/sink/index-pattern.ts';
import { prepare } from '../../../src/sink/prepare.ts';
import { manualClock } from '../../support/clock.ts';

const KIB = 1024;
const ARRIVED_MS = Date.UTC(2026, 0, 2, 3);

const record = (n: number, text = `{"n":${n}}`): SourceRecord => ({
  data: Buffer.from(text),
  sequenceNumber: `${1000 + n}`,
  arrivedMs: ARRIVED_MS,
  partitionKey: undefined,
});

const decode = decoder({ mode: 'json', limitBytes: 16 * KIB * KIB, maxMessages: 1_000 });
const PAGE_EVERY_MS = 6_000;

const records = (count: number) => Array.from({ length: count }, (_, i) => record(i));

/** One shard's work between a source of given pages and a sink that only keeps what it is handed. */
const scene = (
  pages: readonly (readonly SourceRecord[])[],
  more: Partial<PageStages> = {},
  budgetBytes = 512 * KIB,
) => {
  const clock = manualClock();
  const budget = workerBudget(budgetBytes, () => 1);
  const sent: Delivery[] = [];
  const letters: DeadLetter[] = [];
  const saved: Position[] = [];
  const lost = new AbortController();
  const stop = new AbortController();
  const drainDeadline = new AbortController();
  let coming = 0;
  const source: Source = {
    async *read(shard, _from, signal) {
      for (const [i, page] of pages.entries()) {
        const bytes = page.reduce((sum, { data }) => sum + data.byteLength, 0);
        const charge = await budget.reserve(shard.id, bytes, signal);
        if (!charge) return;
        if (i > 0) await clock.sleep(PAGE_EVERY_MS, signal);
        yield { records: page, bytes, behindMs: 0, children: i === pages.length - 1 ? [] : undefined, charge };
      }
    },
  };
  const held: HeldLease = {
    shard: { id: 'shardId-0', parents: [], hashRange: undefined },
    position: TRIM_HORIZON,
    lost: lost.signal,
    save: async (position): Promise<Saved> => {
      saved.push(position);
      return 'saved';
    },
    finish: async (): Promise<Saved> => 'saved',
  };
  const work = shardWork({
    source,
    stages: {
      stream: 's',
      decode,
      transform: (messages, start) =>
        messages.slice(start, start + 5).map(({ value }) => ({
          documents: [
            {
              id: undefined,
              timestampMs: ARRIVED_MS,
              json: `{"v":${JSON.stringify(value)},"x":"${'x'.repeat(10 * KIB)}"}`,
            },
          ],
        })),
      prepare: prepare({ stream: 's', indexName: indexNamer('e'), pastMs: Infinity, futureMs: 0 }),
      submit: (deliveries) => void sent.push(...deliveries),
      room: async () => {},
      post: (letter) => void letters.push(letter),
      crowded: () => budget.heldBytes() > budgetBytes,
      clock,
      ...more,
    },
    expectMore: () => {
      coming += 1;
      return () => {
        coming -= 1;
      };
    },
    checkpointIntervalMs: 5_000,
    drainDeadline: drainDeadline.signal,
    observe: { saved() {}, failed() {}, running() {} },
    clock,
    random: () => 0.5,
    log: silentLog,
  });
  const settleAll = () => {
    for (const { ticket, recordIndex } of sent.splice(0)) ticket.settle(recordIndex);
  };
  return {
    clock,
    budget,
    sent,
    letters,
    saved,
    lost,
    stop,
    drainDeadline,
    held,
    work,
    settleAll,
    coming: () => coming,
  };
};

describe('a page that becomes much larger', () => {
  it('goes on only as fast as the sink takes it: memory stays within the budget and one run', async () => {
    const { clock, budget, sent, work, held, stop, settleAll } = scene([records(500)]);
    const working = work(held, stop.signal);
    let most = 0;
    let documents = 0;
    for (let i = 0; i < 1_000; i += 1) {
      await clock.tick(20);
      most = Math.max(most, budget.heldBytes());
      documents += sent.length;
      settleAll();
    }
    expect(await working).toBe('finished');
    expect(documents).toBe(500);
    expect(most).toBeLessThan((512 + 64 + 55) * KIB);
    expect(budget.heldBytes()).toBe(0);
    expect(clock.sleepers()).toBe(0);
  });

  it('does not wait for room when nothing of it is under way that could make some', async () => {
    const { clock, work, held, stop, sent, settleAll } = scene([records(15)], { crowded: () => true });
    const working = work(held, stop.signal);
    for (let i = 0; i < 5; i += 1) {
      await clock.tick(100);
      expect(sent.length).toBeLessThan(6);
      settleAll();
    }
    expect(await working).toBe('finished');
  });

  it('ends in the middle when the time to drain is over, and saves what is settled', async () => {
    const { clock, work, held, stop, drainDeadline, saved, sent, settleAll } = scene([records(500)]);
    const working = work(held, stop.signal);
    for (let i = 0; i < 30; i += 1) await clock.tick(20);
    const { length } = sent;
    expect(length).toBeGreaterThan(40);
    expect(length).toBeLessThan(60);
    stop.abort();
    settleAll();
    drainDeadline.abort();
    expect(await working).toBe('stopped');
    expect(saved).toEqual([{ at: 'SEQUENCE', sequenceNumber: `${999 + length}`, subSequenceNumber: 0 }]);
  });
});

describe('work that ends', () => {
  it('by a throw leaves nothing behind: its documents are void, its memory is given back', async () => {
    let calls = 0;
    const { clock, work, held, stop, sent, budget, coming } = scene([records(4), records(4)], {
      decode: () => {
        calls += 1;
        if (calls > 5) throw new Error('a bug');
        return decode(record(calls));
      },
    });
    const working = work(held, stop.signal).catch((thrown: unknown) => String(thrown));
    await clock.tick(10_000);
    expect(await working).toBe('Error: a bug');
    expect(sent).toHaveLength(4);
    expect(sent.every(({ lost }) => lost.aborted)).toBe(true);
    expect([budget.heldBytes(), coming(), clock.sleepers()]).toEqual([0, 0, 0]);
  });

  it('by a lost lease drops its documents at once and saves nothing', async () => {
    const { clock, work, held, stop, lost, sent, saved, budget } = scene([records(10)]);
    const working = work(held, stop.signal);
    await clock.tick(100);
    expect(sent[0]?.lost.aborted).toBe(false);
    lost.abort();
    expect(sent.every((each) => each.lost.aborted)).toBe(true);
    expect(await working).toBe('lost');
    expect([saved, budget.heldBytes()]).toEqual([[], 0]);
  });

  it('waits for the save that is under way', async () => {
    const gate = Promise.withResolvers<Saved>();
    let broken = false;
    const { clock, work, held, stop, settleAll } = scene([records(1), records(1)], {
      decode: (each) => {
        if (broken) throw new Error('a bug');
        return decode(each);
      },
    });
    let ended = false;
    const working = work({ ...held, save: () => gate.promise }, stop.signal).catch(() => {
      ended = true;
    });
    await clock.tick(0);
    settleAll();
    broken = true;
    await clock.tick(PAGE_EVERY_MS + 100);
    expect(ended).toBe(false);
    gate.resolve('saved');
    await working;
    expect(ended).toBe(true);
  });
});

describe('code that holds up the event loop', () => {
  it('is followed by a rest in which renewals and answers get their turn', async () => {
    const starts: number[] = [];
    const slow = manualClock();
    let blockedMs = 0;
    const clock = { ...slow, now: () => slow.now() + blockedMs };
    const { work, held, stop, settleAll } = scene([records(3)], {
      clock,
      transform: () => {
        starts.push(clock.now());
        blockedMs += 2_500;
        return starts.length % 2 === 1 ? [] : [{ documents: [] }];
      },
    });
    const working = work(held, stop.signal);
    await slow.tick(2_000);
    settleAll();
    expect(await working).toBe('finished');
    expect(starts.slice(1).map((at, i) => at - (starts[i] ?? 0))).toEqual(Array(5).fill(2_750));
  });
});

describe('letters', () => {
  it('of one line do not keep the whole unpacked record in memory', async () => {
    const unpacked = Buffer.alloc(KIB * KIB, 'x');
    const { clock, work, held, stop, letters, lost } = scene([[record(0)]], {
      decode: () => ({
        messages: [],
        poison: [{ reason: 'decode-json', detail: '', subSequenceNumber: 0, bytes: unpacked.subarray(10, 20) }],
      }),
    });
    const working = work(held, stop.signal);
    await clock.tick(0);
    expect(letters[0]?.raw.byteLength).toBe(10);
    expect(letters[0]?.raw.buffer.byteLength).toBeLessThan(10 * KIB);
    lost.abort();
    await working;
  });
});
