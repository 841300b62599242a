import { describe, expect, it } from 'vitest';
import { memoryTarget } from '../../../src/sink/memory/target.ts';
import { onlyHeld } from '../../../src/sink/only-held.ts';
import { delivery } from '../../support/deliveries.ts';

const signal = new AbortController().signal;

/** Two leases, one of which turns out to have expired when it is asked about. */
const scene = () => {
  const target = memoryTarget();
  const expired = new AbortController();
  const guarded = onlyHeld(target, () => expired.abort());
  const stored = () => [...(target.indices.get('events-2026.01.02')?.keys() ?? [])];
  return { target, guarded, stored, gone: { lost: expired.signal } };
};

describe('a request after a pause', () => {
  it('carries nothing of a lease that has expired meanwhile; the others have their verdicts', async () => {
    const { guarded, stored, gone } = scene();
    const answer = await guarded.write(
      [delivery('a', gone), delivery('b'), delivery('c', gone), delivery('b')],
      signal,
    );
    const why = 'its lease is lost, nothing is sent';
    expect(answer).toEqual({
      items: [{ status: 'retry', why }, { status: 'ok' }, { status: 'retry', why }, { status: 'exists' }],
    });
    expect(stored()).toEqual(['b']);
  });

  it('is not sent at all when nothing is left of it', async () => {
    const { target, guarded, stored, gone } = scene();
    target.failRequest = () => expect.unreachable('it was sent');
    expect(await guarded.write([delivery('a', gone)], signal)).toMatchObject({ items: [{ status: 'retry' }] });
    expect(stored()).toEqual([]);
  });

  it('that fails as a whole fails as ever', async () => {
    const { target, guarded, gone } = scene();
    target.failRequest = () => ({ hold: '401' });
    expect(await guarded.write([delivery('a', gone), delivery('b')], signal)).toEqual({ hold: '401' });
  });
});
