import { expect, it } from 'vitest';
import { type Delivery, digestIn } from '../../src/core/delivery.ts';
import type { BulkTarget } from '../../src/sink/target.ts';
import { delivery } from '../support/deliveries.ts';

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

  it('does not reject when it is told to stop', async () => {
    const { target, prefix } = make();
    expect(await target.write([one(prefix, 'a')], AbortSignal.abort())).toHaveProperty('retry');
  });
};
