import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTracker, type PageTicket } from '../../../src/checkpoint/tracker.ts';
import type { Page } from '../../../src/core/page.ts';
import { PackedRecords } from '../../../src/source/kinesis/records.ts';
import { collectGarbage } from '../../support/garbage.ts';

/** A page of `count` records whose sequence numbers go on from `first`; tells whether its charge was given back. */
const pageOf = (first: number, count: number) => {
  const charge = {
    released: 0,
    add() {},
    release() {
      charge.released += 1;
    },
  };
  const page: Page = {
    records: Array.from({ length: count }, (_, i) => ({
      data: new Uint8Array(),
      sequenceNumber: String(first + i),
      arrivedMs: 1_000 * (first + i),
      partitionKey: undefined,
    })),
    bytes: 0,
    behindMs: 0,
    children: undefined,
    charge,
  };
  return { page, charge };
};

const at = (tracker: ReturnType<typeof openTracker>): number | undefined => {
  const watermark = tracker.watermark();
  return watermark && Number(watermark.sequenceNumber);
};

describe('the watermark', () => {
  it('is undefined until the very first record is settled', () => {
    const tracker = openTracker();
    const ticket = tracker.open(pageOf(100, 3).page);
    ticket.settle(1);
    expect(tracker.watermark()).toBeUndefined();
    ticket.settle(0);
    expect(tracker.watermark()).toEqual({ at: 'SEQUENCE', sequenceNumber: '101', subSequenceNumber: 0 });
  });

  it('does not pass a record that became two documents while one of them is under way', () => {
    const tracker = openTracker();
    const ticket = tracker.open(pageOf(100, 2).page);
    ticket.owe(0);
    ticket.owe(0);
    for (const index of [0, 1, 0]) ticket.settle(index);
    expect(at(tracker)).toBeUndefined();
    expect(tracker.oldestOwed()).toEqual({ arrivedMs: 100_000 });
    ticket.settle(0);
    expect(at(tracker)).toBe(101);
    expect(tracker.oldestOwed()).toBeUndefined();
  });

  it('waits for an earlier page, however much of the later ones is settled, and then goes to their end at once', () => {
    const tracker = openTracker();
    const first = tracker.open(pageOf(0, 1).page);
    const pages = Array.from({ length: 50 }, (_, i) => pageOf(10 + i, 1));
    const tickets = pages.map(({ page }) => tracker.open(page));
    for (const ticket of tickets) ticket.settle(0);
    expect(pages.every(({ charge }) => charge.released === 1)).toBe(true);
    expect([at(tracker), tracker.pagesOpen(), tracker.empty()]).toEqual([undefined, 1, false]);
    first.settle(0);
    expect([at(tracker), tracker.pagesOpen(), tracker.empty()]).toEqual([59, 0, true]);
  });

  it('never passes what is owed and always reaches what is not, in any order of settling', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(2), { maxLength: 48 }), fc.infiniteStream(fc.nat()), (counts, more, picks) => {
        const tracker = openTracker();
        const due: { ticket: PageTicket; index: number; sequence: number }[] = [];
        const total = counts.reduce((sum, count) => sum + count, 0);
        const charges: { released: number }[] = [];
        let next = 1;
        const open = (count: number) => {
          const { page, charge } = pageOf(next, count);
          const ticket = tracker.open(page);
          charges.push(charge);
          for (let index = 0; index < count; index += 1) {
            const extra = more[next - 1] ?? 0;
            for (let i = 0; i < extra; i += 1) ticket.owe(index);
            for (let i = 0; i <= extra; i += 1) due.push({ ticket, index, sequence: next });
            next += 1;
          }
        };
        const toOpen = [...counts];
        const check = () => {
          const lowest = Math.min(next, ...due.map(({ sequence }) => sequence));
          expect(at(tracker) ?? 0).toBe(lowest - 1);
          expect(tracker.oldestOwed()).toEqual(due.length > 0 ? { arrivedMs: 1_000 * lowest } : undefined);
          expect(tracker.empty()).toBe(due.length === 0);
        };
        while (toOpen.length > 0 || due.length > 0) {
          const pick = picks.next().value ?? 0;
          const opening = due.length === 0 || (toOpen.length > 0 && pick % 5 === 0);
          if (opening) open(toOpen.shift() ?? 0);
          else for (const { ticket, index } of due.splice(pick % due.length, 1)) ticket.settle(index);
          check();
        }
        expect(at(tracker) ?? 0).toBe(total);
        expect(charges.map(({ released }) => released)).toEqual(counts.map(() => 1));
      }),
    );
  });
});

describe('a position', () => {
  it('keeps nothing of its page in memory', () => {
    const sequenceNumbers = Array.from({ length: 2_000 }, (_, i) => `${i}`.padStart(56, '4'));
    const none = (value: string | undefined) => sequenceNumbers.map(() => value);
    const positionOf = () => {
      const columns = { base64: none('').map(String), sequenceNumbers, partitionKeys: none(undefined) };
      const records = new PackedRecords({ ...columns, arrivedMs: sequenceNumbers.map(() => 0) });
      const tracker = openTracker();
      const ticket = tracker.open({ ...pageOf(0, 0).page, records });
      for (let i = 0; i < records.length; i += 1) ticket.settle(i);
      return tracker.watermark();
    };
    collectGarbage({ type: 'major' });
    const before = process.memoryUsage().heapUsed;
    const positions = Array.from({ length: 200 }, positionOf);
    collectGarbage({ type: 'major' });
    // The names of a page are 112,000 letters.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4_000_000);
    expect(positions).toHaveLength(200);
  });
});

describe('a ticket', () => {
  it('refuses to settle more than is owed, to owe anew what is settled, and records it does not have', () => {
    const ticket = openTracker().open(pageOf(7, 2).page);
    ticket.settle(0);
    expect(() => ticket.settle(0)).toThrow('settled more often than owed: record 0 of 2, 7');
    expect(() => ticket.owe(0)).toThrow('owed after it was settled: record 0 of 2, 7');
    expect(() => ticket.settle(2)).toThrow('record 2 of 2, not of this page');
    expect(ticket.done()).toBe(false);
    ticket.settle(1);
    expect(ticket.done()).toBe(true);
  });

  it('of an empty page is done at once and holds no bytes', () => {
    const tracker = openTracker();
    const { page, charge } = pageOf(1, 0);
    expect(tracker.open(page).done()).toBe(true);
    expect([charge.released, tracker.empty(), tracker.watermark()]).toEqual([1, true, undefined]);
  });
});

describe('idle', () => {
  it('resolves with the last settling', async () => {
    const tracker = openTracker();
    await tracker.idle(new AbortController().signal);
    const tickets = [tracker.open(pageOf(1, 1).page), tracker.open(pageOf(2, 1).page)];
    let idle = false;
    const waiting = tracker.idle(new AbortController().signal).then(() => (idle = true));
    tickets[0]?.settle(0);
    await Promise.resolve();
    expect(idle).toBe(false);
    tickets[1]?.settle(0);
    await waiting;
    expect(tracker.empty()).toBe(true);
  });

  it('gives up when its signal aborts', async () => {
    const tracker = openTracker();
    tracker.open(pageOf(1, 1).page);
    const stop = new AbortController();
    const waiting = tracker.idle(stop.signal);
    stop.abort();
    await waiting;
    expect(tracker.empty()).toBe(false);
  });
});
