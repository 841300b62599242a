import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Delivery, documentOf, type Outcome } from '../../../src/core/delivery.ts';
import { silentLog } from '../../../src/core/log.ts';
import { BulkWriter } from '../../../src/sink/bulk-writer.ts';
import { type MemoryTarget, memoryTarget } from '../../../src/sink/memory/target.ts';
import type { BulkAnswer } from '../../../src/sink/target.ts';
import { type ManualClock, manualClock, seeded } from '../../support/clock.ts';
import { deliveries, delivery } from '../../support/deliveries.ts';
import { unobserved } from '../../support/unobserved.ts';

let clock: ManualClock;
let target: MemoryTarget;
let writer: BulkWriter;
let running: Promise<void>;
let requests: (readonly string[])[];
let outcomes: Map<Delivery, Outcome[]>;

const statuses = () => [...outcomes.values()].flat().map(({ status }) => status);
const reasons = () =>
  [...outcomes.values()].flat().map((outcome) => ('reason' in outcome ? outcome.reason : outcome.status));

const start = (limits: Partial<ConstructorParameters<typeof BulkWriter>[0]['limits']> = {}, maxInFlight = 2) => {
  writer = new BulkWriter({
    target,
    limits: { maxBytes: 1_000_000, maxDocuments: 100, maxAgeMs: 200, ...limits },
    maxInFlight,
    backoff: { firstMs: 100, maxMs: 2_000 },
    retryForMs: 60_000,
    settle: (settled, outcome) => {
      for (const one of settled) outcomes.set(one, [...(outcomes.get(one) ?? []), outcome]);
    },
    observe: unobserved,
    clock,
    random: seeded(1),
    log: silentLog,
  });
  running = writer.run();
};

beforeEach(() => {
  clock = manualClock();
  requests = [];
  outcomes = new Map();
  target = memoryTarget();
  const { write } = target;
  target.write = (batch, signal) => {
    requests.push(batch.map(({ id }) => id));
    return write(batch, signal);
  };
});

afterEach(async () => {
  writer.close();
  await running;
});

describe('when requests go', () => {
  it('sends at once when nothing more is coming', async () => {
    start();
    writer.submit(deliveries(3));
    await clock.tick(0);
    expect(requests).toEqual([['d0', 'd1', 'd2']]);
    expect(statuses()).toEqual(['indexed', 'indexed', 'indexed']);
  });

  it('waits for company while more is coming, but no longer than the age', async () => {
    start();
    const over = writer.expectMore();
    writer.submit(deliveries(3));
    await clock.tick(199);
    expect(requests).toEqual([]);
    await clock.tick(1);
    expect(requests).toHaveLength(1);
    over();
  });

  it('fills requests across submissions up to count and bytes', async () => {
    start({ maxDocuments: 4 });
    const over = writer.expectMore();
    writer.submit(deliveries(3, 'a'));
    writer.submit(deliveries(3, 'b'));
    await clock.tick(0);
    expect(requests).toEqual([['a0', 'a1', 'a2', 'b0']]);
    over();
    await clock.tick(0);
    expect(requests[1]).toEqual(['b1', 'b2']);
  });

  it('sends a document larger than the limit alone', async () => {
    start({ maxBytes: 500 });
    writer.submit([delivery('small'), delivery('big', { bytes: 10_000 }), delivery('small2')]);
    await clock.tick(0);
    expect(requests).toEqual([['small'], ['big'], ['small2']]);
  });

  it('keeps no more requests under way than allowed', async () => {
    let open = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    const { write } = target;
    target.write = async (batch, signal) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise<void>((resolve) => gates.push(resolve));
      open -= 1;
      return write(batch, signal);
    };
    start({ maxDocuments: 1 });
    writer.submit(deliveries(7));
    for (let round = 0; round < 10; round += 1) {
      await clock.tick(0);
      for (const go of gates.splice(0)) go();
    }
    expect(most).toBe(2);
    expect(statuses()).toHaveLength(7);
  });

  it('keeps the order of one id: the later document waits until the earlier is settled', async () => {
    const first = delivery('same', { body: '{"v":1}' });
    const second = delivery('same', { body: '{"v":2}' });
    let refuse = true;
    target.failItem = (one) => (one === first && refuse ? { status: 'retry', why: '429' } : undefined);
    start();
    writer.submit([first, second, delivery('other')]);
    await clock.tick(0);
    expect(requests).toEqual([['same', 'other']]);
    refuse = false;
    await clock.tick(500);
    expect(target.indices.get(first.index)?.get('same')?.source).toBe(documentOf(first));
    expect(outcomes.get(first)).toEqual([{ status: 'indexed' }]);
    expect(outcomes.get(second)?.[0]).toMatchObject({ status: 'rejected', reason: 'id-conflict' });
  });

  it('forgets what was not sent when the lease is lost', async () => {
    const lost = new AbortController();
    start();
    const over = writer.expectMore();
    writer.submit([delivery('gone', { lost: lost.signal }), delivery('kept')]);
    lost.abort();
    over();
    await clock.tick(0);
    expect(requests).toEqual([['kept']]);
    expect(outcomes.size).toBe(1);
  });
});

describe('a lease that is lost', () => {
  const away = () => {
    target.failRequest = () => ({ retry: 'ECONNREFUSED' });
  };
  const back = () => {
    target.failRequest = () => undefined;
  };

  it('leaves nothing behind while the sink is away: what waited of it is never sent', async () => {
    away();
    const lost = new AbortController();
    start({ maxDocuments: 2 });
    writer.submit(Array.from({ length: 9 }, (_, i) => delivery(`gone${i}`, { lost: lost.signal })));
    writer.submit([delivery('kept')]);
    await clock.tick(10_000);
    lost.abort();
    requests.length = 0;
    await clock.tick(10_000);
    expect(new Set(requests.flat())).toEqual(new Set(['kept']));
    back();
    await clock.tick(5_000);
    expect([...outcomes.keys()].map(({ id }) => id)).toEqual(['kept']);
  });

  it('frees the ids of its documents for those of the next holder, wherever they waited', async () => {
    away();
    const lost = new AbortController();
    start({ maxDocuments: 2 });
    const ids = ['a', 'b', 'c', 'd'];
    writer.submit(ids.map((id) => delivery(id, { lost: lost.signal })));
    await clock.tick(3_000);
    const again = ids.map((id) => delivery(id));
    writer.submit(again);
    await clock.tick(3_000);
    lost.abort();
    back();
    await clock.tick(5_000);
    expect([...outcomes.keys()]).toEqual(expect.arrayContaining(again));
    expect(statuses()).toEqual(Array(4).fill('indexed'));
  });

  it('keeps the id of a document that is on its way until the answer comes', async () => {
    const gate = Promise.withResolvers<void>();
    const { write } = target;
    target.write = async (batch, signal) => {
      const answer = await write(batch, signal);
      await gate.promise;
      return answer;
    };
    const lost = new AbortController();
    start();
    const first = delivery('same', { lost: lost.signal });
    const second = delivery('same');
    writer.submit([first]);
    await clock.tick(0);
    writer.submit([second]);
    await clock.tick(0);
    lost.abort();
    await clock.tick(5_000);
    expect(requests).toEqual([['same']]);
    gate.resolve();
    await clock.tick(5_000);
    expect(outcomes.get(second)).toEqual([{ status: 'duplicate' }]);
  });

  it('takes no documents of it any more', async () => {
    start();
    writer.submit([delivery('late', { lost: AbortSignal.abort() }), delivery('kept')]);
    await clock.tick(0);
    expect(requests).toEqual([['kept']]);
  });
});

describe('what fails', () => {
  it('sends only the failed documents again, each document once in effect', async () => {
    let refusals = 2;
    target.failItem = ({ id }) => (id === 'd1' && refusals-- > 0 ? { status: 'retry', why: '429 busy' } : undefined);
    start();
    writer.submit(deliveries(3));
    await clock.tick(5_000);
    expect(requests).toEqual([['d0', 'd1', 'd2'], ['d1'], ['d1']]);
    expect(statuses()).toEqual(['indexed', 'indexed', 'indexed']);
  });

  it('does not keep others waiting for a document that must be tried again', async () => {
    target.failItem = ({ id }) => (id === 'sick' ? { status: 'retry', why: '503' } : undefined);
    start();
    writer.submit([delivery('sick'), delivery('well')]);
    await clock.tick(0);
    writer.submit(deliveries(2));
    await clock.tick(0);
    expect(statuses()).toEqual(['indexed', 'indexed', 'indexed']);
  });

  it('sends failed documents again although others of their request still wait for their digests', async () => {
    start();
    writer.submit([delivery('taken')]);
    await clock.tick(0);
    const gate = Promise.withResolvers<void>();
    const { digests } = target;
    target.digests = async (batch, signal) => {
      await gate.promise;
      return digests(batch, signal);
    };
    let refusals = 1;
    target.failItem = ({ id }) => (id === 'd1' && refusals-- > 0 ? { status: 'retry', why: '429' } : undefined);
    writer.submit([delivery('taken'), ...deliveries(2)]);
    await clock.tick(5_000);
    expect([...outcomes.keys()].map(({ id }) => id)).toEqual(['taken', 'd0', 'd1']);
    gate.resolve();
    await clock.tick(0);
    expect(statuses()).toEqual(['indexed', 'indexed', 'indexed', 'duplicate']);
  });

  it('keeps everything through an outage, probing with one request at a time, then says it is over', async () => {
    target.failRequest = () => ({ retry: 'ECONNREFUSED' });
    start({ maxDocuments: 2 });
    writer.submit(deliveries(6));
    await clock.tick(60_000);
    expect(outcomes.size).toBe(0);
    expect(writer.trouble()?.why).toBe('ECONNREFUSED');
    // At the longest pause of 2 s (and its half) a minute has room for about 30 to 60 probes, not for hundreds.
    expect(requests.length).toBeLessThan(80);
    target.failRequest = () => undefined;
    await clock.tick(3_000);
    expect(statuses()).toEqual(Array(6).fill('indexed'));
    expect(writer.trouble()).toBeUndefined();
  });

  it('waits as long as the sink asks for, and up to a quarter longer', async () => {
    let answer: BulkAnswer | undefined = { retry: '429', afterMs: 10_000 };
    target.failRequest = () => answer;
    start();
    writer.submit(deliveries(1));
    await clock.tick(0);
    answer = undefined;
    await clock.tick(9_999);
    expect(requests).toHaveLength(1);
    await clock.tick(2_501);
    expect(requests).toHaveLength(2);
  });

  it('waits for the pause that the sink asked for also when a request under way is answered', async () => {
    let sent = 0;
    const { write } = target;
    target.write = async (batch, signal) => {
      sent += 1;
      if (sent === 1) await clock.sleep(500);
      return sent === 2 && batch[0]?.id === 'd1'
        ? { retry: '429', isBusy: true, afterMs: 10_000 }
        : write(batch, signal);
    };
    start({ maxDocuments: 1 });
    writer.submit(deliveries(3));
    await clock.tick(9_999);
    expect([...outcomes.keys()].map(({ id }) => id)).toEqual(['d0']);
    expect(sent).toBe(2);
    await clock.tick(5_000);
    expect(statuses()).toEqual(Array(3).fill('indexed'));
  });

  it('does not wait much longer than a minute, whatever the sink asks for', async () => {
    let answer: BulkAnswer | undefined = { retry: '503', afterMs: 86_400_000 };
    target.failRequest = () => answer;
    start();
    writer.submit(deliveries(1));
    await clock.tick(0);
    answer = undefined;
    await clock.tick(75_000);
    expect(statuses()).toEqual(['indexed']);
  });

  it('does not let documents that fail every time keep all others from being tried', async () => {
    target.failItem = ({ id }) => (id.startsWith('sick') ? { status: 'retry', why: '403 blocked' } : undefined);
    start({ maxDocuments: 2 });
    writer.submit([...deliveries(6, 'sick'), ...deliveries(6, 'well')]);
    await clock.tick(60_000);
    expect([...outcomes.keys()].map(({ id }) => id).sort()).toEqual(deliveries(6, 'well').map(({ id }) => id));
  });

  it('bisects a request refused as a whole until the guilty document stands alone', async () => {
    target.failRequest = (batch) =>
      batch.some(({ id }) => id === 'd5') ? { split: '400 bad id', tooLarge: false } : undefined;
    start();
    writer.submit(deliveries(8));
    await clock.tick(0);
    expect(statuses().filter((status) => status === 'indexed')).toHaveLength(7);
    expect(reasons().filter((reason) => reason === 'sink-rejected')).toHaveLength(1);
  });

  it('holds on refused credentials: nothing is dead-lettered, and it goes on by itself', async () => {
    target.failRequest = () => ({ hold: '401 wrong password' });
    start();
    writer.submit(deliveries(2));
    await clock.tick(600_000);
    expect(outcomes.size).toBe(0);
    target.failRequest = () => undefined;
    await clock.tick(4_000);
    expect(statuses()).toEqual(['indexed', 'indexed']);
  });
});

describe('an id that is taken', () => {
  it('is a duplicate only when the stored digest is equal', async () => {
    start();
    writer.submit([delivery('a'), delivery('b', { body: '{"v":1}' })]);
    await clock.tick(0);
    outcomes.clear();
    writer.submit([delivery('a'), delivery('b', { body: '{"v":2}' })]);
    await clock.tick(0);
    expect(reasons()).toEqual(['duplicate', 'id-conflict']);
    expect(target.indices.get('events-2026.01.02')?.get('b')?.version).toBe(1n);
  });

  it('is judged without asking for all that wait behind one whose fate is known', async () => {
    start();
    const body = (v: number) => ({ body: `{"v":${v}}` });
    const elsewhere = delivery('a', { ...body(9), index: 'events-2026.01.03' });
    writer.submit([
      delivery('a', body(1)),
      ...[1, 2, 1].map((v) => delivery('a', body(v))),
      elsewhere,
      ...[3, 1].map((v) => delivery('a', body(v))),
    ]);
    await clock.tick(0);
    expect(reasons()).toEqual([
      'indexed',
      'duplicate',
      'id-conflict',
      'duplicate',
      'id-conflict',
      'duplicate',
      'indexed',
    ]);
    expect(outcomes.get(elsewhere)).toEqual([{ status: 'indexed' }]);
    expect(requests).toHaveLength(2);
  });

  it('is asked again when the digests cannot be read', async () => {
    start();
    writer.submit([delivery('a')]);
    await clock.tick(0);
    outcomes.clear();
    let failures = 3;
    target.failDigests = () => (failures-- > 0 ? new Error('busy') : undefined);
    writer.submit([delivery('a')]);
    await clock.tick(10_000);
    expect(reasons()).toEqual(['duplicate']);
  });
});

describe('room', () => {
  const waits = (signal = new AbortController().signal) => {
    let over = false;
    void writer.room(signal).then(() => {
      over = true;
    });
    return () => over;
  };

  it('is there at once until two more requests are filled, and again when one of them has gone', async () => {
    target.failRequest = () => ({ retry: 'ECONNREFUSED' });
    start({ maxDocuments: 3 }, 1);
    writer.submit(deliveries(3));
    await clock.tick(0);
    writer.submit(deliveries(5, 'more'));
    const early = waits();
    await clock.tick(0);
    expect(early()).toBe(true);
    writer.submit(deliveries(1, 'last'));
    const [one, other] = [waits(), waits()];
    await clock.tick(60);
    expect([one(), other()]).toEqual([false, false]);
    target.failRequest = () => undefined;
    await clock.tick(5_000);
    expect([one(), other()]).toEqual([true, true]);
    expect(outcomes.size).toBe(9);
  });

  it('is not waited for when the lease is lost', async () => {
    target.failRequest = () => ({ retry: 'ECONNREFUSED' });
    start({ maxDocuments: 1 }, 1);
    const lost = new AbortController();
    writer.submit(deliveries(9));
    await clock.tick(0);
    const waiting = waits(lost.signal);
    await clock.tick(100);
    expect(waiting()).toBe(false);
    lost.abort();
    await clock.tick(0);
    expect(waiting()).toBe(true);
  });
});
