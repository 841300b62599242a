import { expect, it } from 'vitest';
import { type Delivery, digestIn } from '../../src/core/delivery.ts';
import type { Special } from '../../src/core/message.ts';
import type { BulkTarget } from '../../src/sink/target.ts';
import { seeded } from '../support/clock.ts';
import { delivery, special } from '../support/deliveries.ts';

const never = new AbortController().signal;

/** What every sink must do; `target` gives one whose indices begin with the prefix it returns, empty. */
export const bulkTargetContract = (make: () => { readonly target: BulkTarget; readonly prefix: string }): void => {
  const one = (prefix: string, id: string, body?: string): Delivery => {
    const index = `${prefix}-2026.01.02`;
    return delivery(id, { index, ...(body === undefined ? {} : { body }) });
  };
  const statuses = async (target: BulkTarget, deliveries: readonly Delivery[]) => {
    const answer = await target.write(deliveries, never);
    return 'items' in answer ? answer.items.map(({ status }) => status) : answer;
  };

  it('creates documents and answers in their order', async () => {
    const { target, prefix } = make();
    expect(await statuses(target, [one(prefix, 'a'), one(prefix, 'b')])).toEqual(['ok', 'ok']);
  });

  it('never writes an id twice, in one request or in two', async () => {
    const { target, prefix } = make();
    expect(await statuses(target, [one(prefix, 'a'), one(prefix, 'a'), one(prefix, 'b')])).toEqual([
      'ok',
      'exists',
      'ok',
    ]);
    expect(await statuses(target, [one(prefix, 'b', '{"n":2}'), one(prefix, 'c')])).toEqual(['exists', 'ok']);
  });

  it('gives stored digests in the order asked, nothing for what is not there', async () => {
    const { target, prefix } = make();
    const [a, b] = [one(prefix, 'a', '{"n":1}'), one(prefix, 'b', '{"n":2}')];
    await target.write([a, b], never);
    const elsewhere = { ...one(prefix, 'a'), index: `${prefix}-other` };
    expect(await target.digests([b, one(prefix, 'missing'), a, elsewhere], never)).toEqual([
      digestIn(b),
      undefined,
      digestIn(a),
      undefined,
    ]);
  });

  const versioned = (index: string, id: string, version: bigint, more: Partial<Special> = {}, body?: string) =>
    delivery(id, {
      index,
      special: special({ op: 'index', version, ...more }),
      body: body ?? `{"id":"${id}","version":"${version}"}`,
    });

  it('keeps the highest version, takes the same one again, and calls the others stale', async () => {
    const { target, prefix } = make();
    const at = (version: bigint) => versioned(`${prefix}-fixed`, 'a', version);
    const most = 2n ** 63n - 1n;
    expect(await statuses(target, [at(5n), at(4n), at(5n), at(6n)])).toEqual(['ok', 'stale', 'ok', 'ok']);
    expect(await statuses(target, [at(most), at(most - 1n), at(most)])).toEqual(['ok', 'stale', 'ok']);
    expect(await target.digests([at(0n)], never)).toEqual([digestIn(at(most))]);
  });

  it('counts what was created as version 1, and creates nothing where a version stands', async () => {
    const { target, prefix } = make();
    const index = `${prefix}-fixed`;
    const plain = delivery('a', { index });
    expect(await statuses(target, [plain, versioned(index, 'a', 0n), versioned(index, 'a', 1n)])).toEqual([
      'ok',
      'stale',
      'ok',
    ]);
    expect(await statuses(target, [versioned(index, 'b', 0n), delivery('b', { index })])).toEqual(['ok', 'exists']);
  });

  it('keeps a tombstone, which nothing older brings back to life, and something newer does', async () => {
    const { target, prefix } = make();
    const index = `${prefix}-fixed`;
    const deleted = versioned(index, 'a', 5n, { op: 'delete' }, '{"@timestamp":"2026-01-02T03:04:05.678Z"}');
    expect(await statuses(target, [versioned(index, 'a', 4n), deleted])).toEqual(['ok', 'ok']);
    expect(await statuses(target, [versioned(index, 'a', 3n), delivery('a', { index }), deleted])).toEqual([
      'stale',
      'exists',
      'ok',
    ]);
    expect(await target.digests([deleted], never)).toEqual([digestIn(deleted)]);
    expect(await statuses(target, [versioned(index, 'a', 6n)])).toEqual(['ok']);
  });

  it('ends in the same state in whatever order versions come, and however often', async () => {
    const { target, prefix } = make();
    const index = `${prefix}-fixed`;
    const random = seeded(7);
    const changes = Array.from({ length: 12 }, (_, id) =>
      Array.from({ length: 6 }, (__, version) => {
        const op = (id + version) % 3 === 0 ? 'delete' : 'index';
        return versioned(index, `t${id}`, BigInt(version), { op });
      }),
    );
    for (let round = 0; round < 12; round += 1) {
      const order = changes
        .flat()
        .filter(() => round === 0 || random() < 0.5)
        .map((change) => ({ change, at: random() }));
      const batch = order.sort((a, b) => a.at - b.at).map(({ change }) => change);
      for (const status of [await statuses(target, batch)].flat()) expect(['ok', 'stale']).toContain(status);
    }
    const highest = changes.map((each) => each[5] as Delivery);
    expect(await target.digests(highest, never)).toEqual(highest.map(digestIn));
  });

  it('finds a document by its id and its routing', async () => {
    const { target, prefix } = make();
    const routed = Array.from({ length: 20 }, (_, i) =>
      delivery(`r${i}`, { index: `${prefix}-routed`, special: special({ routing: `team ${i % 7}` }) }),
    );
    expect(await statuses(target, routed)).toEqual(routed.map(() => 'ok'));
    expect(await statuses(target, routed)).toEqual(routed.map(() => 'exists'));
    expect(await target.digests(routed, never)).toEqual(routed.map(digestIn));
  });

  it('does not reject when it is told to stop', async () => {
    const { target, prefix } = make();
    expect(await target.write([one(prefix, 'a')], AbortSignal.abort())).toHaveProperty('retry');
  });
};
