import { describe, expect, it } from 'vitest';
import { memoryTarget } from '../../../src/sink/memory/target.ts';
import { onlyHeld } from '../../../src/sink/only-held.ts';
import { delivery } from '../../support/deliveries.ts';
import { startWriting } from '../../support/writing.ts';

const many = (count: number, lost: AbortController, prefix = 'd') =>
  Array.from({ length: count }, (_, i) => delivery(`${prefix}${i}`, { lost: lost.signal }));

describe('leases that turn out to be lost when their documents are about to be sent', () => {
  const startFrozen = () => {
    const lost = new AbortController();
    const target = onlyHeld(memoryTarget(), () => lost.abort());
    return { lost, writing: startWriting({ target, maxInFlight: 4 }) };
  };

  it('are no trouble of the sink, and slow nothing down', async () => {
    const { lost, writing } = startFrozen();
    await using started = writing;
    const { writer, clock, fates } = started;
    writer.submit([...many(30, lost), delivery('held')]);
    await clock.tick(1);
    expect(writer.status()).toMatchObject({ trouble: undefined, retrying: undefined, pace: { slots: 4 } });
    expect([...fates]).toEqual([['held', ['indexed']]]);
  });

  it('are none either where nothing else is to be sent: what comes next need not wait', async () => {
    const { lost, writing } = startFrozen();
    await using started = writing;
    const { writer, clock, fates } = started;
    writer.submit(many(30, lost));
    await clock.tick(1);
    writer.submit([delivery('next')]);
    expect(writer.status()).toMatchObject({ trouble: undefined, pace: { slots: 4 } });
    await clock.tick(1);
    expect([...fates]).toEqual([['next', ['indexed']]]);
  });
});

describe('a lease that is lost', () => {
  it('in an outage leaves no trouble behind when it was the only one', async () => {
    await using writing = startWriting();
    const { writer, clock, target } = writing;
    const lost = new AbortController();
    target.failRequest = () => ({ retry: 'reset' });
    writer.submit(many(300, lost));
    await clock.tick(10_000);
    expect(writer.trouble()?.why).toBe('reset');
    lost.abort();
    await clock.tick(10_000);
    expect(writer.trouble()).toBeUndefined();
  });

  it('while a probe looks for a digest has nothing sent any more', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates, requests } = writing;
    const lost = new AbortController();
    const index = 'ill';
    let isKnown = false;
    target.failItem = ({ id }) =>
      id === 'known' && isKnown ? { status: 'exists' } : { status: 'sick', why: '503 no primary' };
    target.digests = async (places) => {
      await clock.sleep(1_000);
      return places.map(() => '');
    };
    writer.submit([delivery('known', { index }), ...many(5, lost).map((each) => ({ ...each, index }))]);
    await clock.tick(1);
    isKnown = true;
    while (requests.length < 2) await clock.tick(10);
    lost.abort();
    await clock.tick(60_000);
    expect(requests).toHaveLength(2);
    expect([...fates]).toEqual([['known', ['id-conflict']]]);
    expect(writer.status()).toMatchObject({ trouble: undefined, sick: [] });
  });
});
