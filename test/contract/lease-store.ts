import { beforeEach, describe, expect, it } from 'vitest';
import type { SequencePosition } from '../../src/core/position.ts';
import type { Fence, LeaseRow, LeaseStore, NewLease } from '../../src/lease/store.ts';

const never = new AbortController().signal;

export const newLease = (shardId: string, more: Partial<NewLease> = {}): NewLease => ({
  shardId,
  checkpoint: { at: 'TRIM_HORIZON' },
  startMs: undefined,
  parents: [],
  hashRange: { start: '0', end: '340282366920938463463374607431768211455' },
  ...more,
});

const sequence: SequencePosition = {
  at: 'SEQUENCE',
  sequenceNumber: '49590338271490256608559692538361571095921575989136588898',
  subSequenceNumber: 0,
};

/** What is true of every lease table. `open` gives an empty one. */
export const leaseStoreContract = (open: () => Promise<LeaseStore>): void => {
  let store: LeaseStore;
  let ids = 0;
  const id = (): string => {
    ids += 1;
    return `write-${ids}`;
  };

  const rowOf = async (shardId: string): Promise<LeaseRow> => {
    const row = (await store.list(never)).rows.find((found) => found.shardId === shardId);
    if (!row) throw new Error(`no row ${shardId}`);
    return row;
  };
  /** A lease held by `owner`, and what its holder believes. */
  const heldBy = async (owner: string, shardId = 'shardId-000000000000'): Promise<Fence> => {
    await store.create(newLease(shardId), id());
    expect(await store.take(await rowOf(shardId), owner, undefined, id())).toBe(true);
    return { shardId, owner, counter: 1 };
  };

  beforeEach(async () => {
    store = await open();
  });

  describe('creating', () => {
    it('makes a row without an owner that says all that was given', async () => {
      const lease = newLease('shardId-000000000007', {
        checkpoint: { at: 'AT_TIMESTAMP' },
        startMs: 1_766_000_000_123,
        parents: ['shardId-000000000001', 'shardId-000000000002'],
      });
      expect(await store.create(lease, id())).toBe(true);
      const row = await rowOf('shardId-000000000007');
      expect({ ...row, parents: [...row.parents].sort() }).toEqual({
        ...lease,
        owner: undefined,
        checkpointOwner: undefined,
        given: false,
        counter: 0,
        children: [],
      });
    });

    it('leaves a lease alone that exists already, and knows its own write again', async () => {
      expect(await store.create(newLease('s'), 'first')).toBe(true);
      expect(await store.create(newLease('s', { checkpoint: { at: 'LATEST' } }), 'second')).toBe(false);
      expect(await store.create(newLease('s'), 'first')).toBe(true);
      expect((await rowOf('s')).checkpoint).toEqual({ at: 'TRIM_HORIZON' });
    });

    it('makes rows without parents or hash range', async () => {
      await store.create(newLease('s', { hashRange: undefined }), id());
      expect(await rowOf('s')).toMatchObject({ parents: [], hashRange: undefined, startMs: undefined });
    });
  });

  describe('taking', () => {
    it('gives a lease to one of two who saw it free', async () => {
      await store.create(newLease('s'), id());
      const seen = await rowOf('s');
      expect(await store.take(seen, 'a', undefined, id())).toBe(true);
      expect(await store.take(seen, 'b', undefined, id())).toBe(false);
      expect(await rowOf('s')).toMatchObject({ owner: 'a', counter: 1 });
    });

    it('takes from an owner who did nothing since, and not from one who renewed', async () => {
      const fence = await heldBy('a');
      const seen = await rowOf(fence.shardId);
      expect(await store.renew(fence, id())).toBe(true);
      expect(await store.take(seen, 'b', undefined, id())).toBe(false);
      expect(await store.take(await rowOf(fence.shardId), 'b', undefined, id())).toBe(true);
      expect(await rowOf(fence.shardId)).toMatchObject({ owner: 'b', counter: 3 });
    });

    it('does not take from an owner other than the one seen, though the counter is the same', async () => {
      const fence = await heldBy('a');
      const seen = { ...(await rowOf(fence.shardId)), owner: 'z' };
      expect(await store.take(seen, 'b', undefined, id())).toBe(false);
      expect(await store.take({ ...seen, owner: undefined }, 'b', undefined, id())).toBe(false);
    });

    it('fixes the start of a row that has none, and never one that has', async () => {
      await store.create(newLease('open', { checkpoint: { at: 'LATEST' } }), id());
      await store.create(newLease('fixed', { checkpoint: { at: 'LATEST' }, startMs: 5 }), id());
      for (const shardId of ['open', 'fixed']) await store.take(await rowOf(shardId), 'a', 77, id());
      expect([(await rowOf('open')).startMs, (await rowOf('fixed')).startMs]).toEqual([77, 5]);
    });

    it('makes no row where there is none', async () => {
      await store.create(newLease('s'), id());
      const seen = { ...(await rowOf('s')), shardId: 'gone' };
      expect(await store.take(seen, 'a', undefined, id())).toBe(false);
      expect((await store.list(never)).rows.map(({ shardId }) => shardId)).toEqual(['s']);
    });
  });

  describe('a holder', () => {
    const writes: Record<string, (fence: Fence, writeId: string) => Promise<boolean>> = {
      renews: (fence, writeId) => store.renew(fence, writeId),
      saves: (fence, writeId) => store.save(fence, sequence, writeId),
      finishes: (fence, writeId) => store.finish(fence, ['child-1', 'child-2'], writeId),
      releases: (fence, writeId) => store.release(fence, writeId),
      assigns: (fence, writeId) => store.assign(fence, 'z', writeId),
    };

    for (const [does, write] of Object.entries(writes)) {
      it(`${does} under the counter it knows, which goes up by one`, async () => {
        const fence = await heldBy('a');
        expect(await write(fence, id())).toBe(true);
        expect((await rowOf(fence.shardId)).counter).toBe(2);
      });

      it(`${does} once, however often the same write is sent`, async () => {
        const fence = await heldBy('a');
        for (let i = 0; i < 3; i += 1) expect(await write(fence, 'the same')).toBe(true);
        expect((await rowOf(fence.shardId)).counter).toBe(2);
      });

      it(`that lost the lease ${does} nothing`, async () => {
        const fence = await heldBy('a');
        await store.take(await rowOf(fence.shardId), 'b', undefined, id());
        const before = await rowOf(fence.shardId);
        expect(await write(fence, id())).toBe(false);
        expect(await write({ ...fence, counter: 2 }, id())).toBe(false);
        expect(await rowOf(fence.shardId)).toEqual(before);
      });

      it(`${does} nothing after all, when its write arrived but another one followed`, async () => {
        const fence = await heldBy('a');
        expect(await write(fence, 'mine')).toBe(true);
        await store.take(await rowOf(fence.shardId), 'b', undefined, id());
        expect(await write(fence, 'mine')).toBe(false);
      });

      it(`${does} no row into being`, async () => {
        const fence = { ...(await heldBy('a')), shardId: 'gone' };
        expect(await write(fence, id())).toBe(false);
        expect((await store.list(never)).rows).toHaveLength(1);
      });
    }

    it('leaves its checkpoint, its children and its freedom to be read', async () => {
      const fence = await heldBy('a');
      await store.save(fence, sequence, id());
      expect((await rowOf(fence.shardId)).checkpoint).toEqual(sequence);
      await store.finish({ ...fence, counter: 2 }, ['child-1', 'child-2'], id());
      const row = await rowOf(fence.shardId);
      expect([row.checkpoint, [...row.children].sort()]).toEqual([{ at: 'SHARD_END' }, ['child-1', 'child-2']]);
      await store.release({ ...fence, counter: 3 }, id());
      expect(await rowOf(fence.shardId)).toMatchObject({
        owner: undefined,
        counter: 4,
        checkpoint: { at: 'SHARD_END' },
      });
    });

    it('makes another worker the owner, who goes on where it stood', async () => {
      const fence = await heldBy('a');
      await store.save(fence, sequence, id());
      expect(await store.assign({ ...fence, counter: 2 }, 'b', id())).toBe(true);
      expect(await rowOf(fence.shardId)).toMatchObject({ owner: 'b', given: true, counter: 3, checkpoint: sequence });
      expect(await store.renew({ ...fence, counter: 3 }, id())).toBe(false);
      expect(await store.take(await rowOf(fence.shardId), 'b', undefined, id())).toBe(true);
      expect(await rowOf(fence.shardId)).toMatchObject({ owner: 'b', given: false });
    });

    it('finishes a shard that nothing continues', async () => {
      const fence = await heldBy('a');
      expect(await store.finish(fence, [], id())).toBe(true);
      expect(await rowOf(fence.shardId)).toMatchObject({ checkpoint: { at: 'SHARD_END' }, children: [] });
    });
  });

  describe('removing', () => {
    it('takes a lease away that has ended, and once is enough', async () => {
      const fence = await heldBy('a');
      await store.finish(fence, [], id());
      const ended = await rowOf(fence.shardId);
      await store.remove(ended);
      await store.remove(ended);
      expect((await store.list(never)).rows).toEqual([]);
    });

    it('leaves a lease that has not ended, or has changed since it was seen', async () => {
      const fence = await heldBy('a');
      const live = await rowOf(fence.shardId);
      await store.remove(live);
      await store.finish(fence, [], id());
      await store.remove(live);
      await store.remove({ ...live, checkpoint: { at: 'SHARD_END' } });
      expect(await rowOf(fence.shardId)).toMatchObject({ checkpoint: { at: 'SHARD_END' }, counter: 2 });
    });
  });

  describe('a worker', () => {
    const workers = async () => (await store.list(never)).workers;

    it('tells the others what it says each time, and no longer what it does not say again', async () => {
      await store.show({ workerId: 'a', beat: 'one', tells: '{"load":1}' });
      expect(await workers()).toEqual([{ workerId: 'a', beat: 'one', tells: '{"load":1}' }]);
      await store.show({ workerId: 'a', beat: 'two' });
      expect(await workers()).toEqual([{ workerId: 'a', beat: 'two' }]);
    });

    it('shows itself any number of times, beside the leases', async () => {
      await heldBy('a');
      await store.show({ workerId: 'a', beat: 'one' });
      await store.show({ workerId: 'b', beat: 'two' });
      await store.show({ workerId: 'a', beat: 'three' });
      expect([...(await workers())].sort((one, other) => (one.workerId < other.workerId ? -1 : 1))).toEqual([
        { workerId: 'a', beat: 'three' },
        { workerId: 'b', beat: 'two' },
      ]);
      expect((await store.list(never)).rows).toHaveLength(1);
    });

    it('is taken away only as it was seen', async () => {
      await store.show({ workerId: 'a', beat: 'one' });
      await store.hide({ workerId: 'a', beat: 'zero' });
      expect(await workers()).toEqual([{ workerId: 'a', beat: 'one' }]);
      await store.hide({ workerId: 'a', beat: 'one' });
      await store.hide({ workerId: 'a', beat: 'one' });
      expect(await workers()).toEqual([]);
    });
  });

  it('lists every row of many', async () => {
    const ids = Array.from({ length: 120 }, (_, i) => `shardId-${String(i).padStart(12, '0')}`);
    for (const shardId of ids) await store.create(newLease(shardId), id());
    const { rows, malformed } = await store.list(never);
    expect([rows.map(({ shardId }) => shardId).sort(), malformed]).toEqual([ids, []]);
  });

  it('can be prepared any number of times', async () => {
    await heldBy('a');
    await store.prepare(never);
    expect((await store.list(never)).rows).toHaveLength(1);
  });
};
