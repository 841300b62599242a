import { describe, expect, it } from 'vitest';
import { blockedBy } from '../../../src/app/scaling.ts';
import { delivery } from '../../support/deliveries.ts';
import { startWriting } from '../../support/writing.ts';

const well = { letterbox: { trouble: () => undefined }, archive: undefined };

describe('what keeps documents of a worker from getting through', () => {
  it('is an index that takes nothing while others do, once its documents fill the memory that all share', async () => {
    await using writing = startWriting();
    const { target, writer, clock } = writing;
    target.failItem = ({ index }) => (index === 'ill' ? { status: 'sick', why: '503 no primary' } : undefined);
    writer.submit([delivery('a', { index: 'ill' }), delivery('b', { index: 'well' })]);
    await clock.tick(1_000);
    writer.submit([delivery('c', { index: 'well' })]);
    await clock.tick(1_000);
    expect(writer.trouble()).toBeUndefined();
    expect(blockedBy(writer.status(), well, false)).toBeUndefined();
    expect(blockedBy(writer.status(), well, true)).toMatch(/^index ill: 503 no primary/);
    target.failItem = () => undefined;
    await clock.tick(5_000);
    expect(blockedBy(writer.status(), well, true)).toBeUndefined();
  });

  it('is the dead letters or the archive when they are not taken', () => {
    const fine = { trouble: undefined, sick: [] };
    const letters = { trouble: () => 'the queue is gone' };
    expect(blockedBy(fine, { ...well, letterbox: letters }, false)).toBe('the queue is gone');
    expect(blockedBy(fine, { ...well, archive: letters }, false)).toBe('the queue is gone');
  });
});
