import { describe, expect, it } from 'vitest';
import type { BulkAnswer } from '../../../src/sink/target.ts';
import { deliveries, delivery } from '../../support/deliveries.ts';
import { startWriting } from '../../support/writing.ts';

const REFUSED: BulkAnswer = { split: '400 bad', tooLarge: false };
const TOO_LARGE: BulkAnswer = { split: '413', tooLarge: true };

const fatesOf = (fates: ReadonlyMap<string, readonly string[]>, prefix: string) =>
  [...fates].filter(([id]) => id.startsWith(prefix)).flatMap(([, all]) => all);

describe('a request that is refused as a whole', () => {
  it('is bisected until the guilty documents stand alone: they are dead letters, the others indexed once', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates } = writing;
    target.failRequest = (batch) => (batch.some(({ id }) => id.startsWith('bad')) ? REFUSED : undefined);
    writer.submit([...deliveries(20), ...deliveries(3, 'bad'), ...deliveries(20, 'more'), delivery('bad-last')]);
    await clock.tick(0);
    expect(fatesOf(fates, 'bad')).toEqual(Array(4).fill('sink-rejected'));
    expect(fates.size).toBe(44);
    expect([...fates.values()].filter((all) => all.join() === 'indexed')).toHaveLength(40);
    expect(writer.trouble()).toBeUndefined();
  });

  it('is a dead letter of its own reason when a document alone is too large', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates } = writing;
    target.failRequest = (batch) => (batch.reduce((sum, { bytes }) => sum + bytes, 0) > 5_000 ? TOO_LARGE : undefined);
    writer.submit([...deliveries(100), delivery('large', { body: `{"n":"${'x'.repeat(5_000)}"}` })]);
    await clock.tick(10_000);
    expect(fates.get('large')).toEqual(['sink-too-large']);
    expect(fatesOf(fates, 'd')).toEqual(Array(100).fill('indexed'));
  });

  it.each([REFUSED, TOO_LARGE])('tells a broken proxy from broken documents: nothing is lost, %o', async (answer) => {
    await using writing = startWriting();
    const { target, writer, clock, fates, requests } = writing;
    target.failRequest = () => answer;
    writer.submit(deliveries(1_000));
    await clock.tick(600_000);
    expect(fates.size).toBe(0);
    expect(writer.trouble()?.why).toBe('split' in answer ? answer.split : '');
    // One probe at a time: at pauses of 1 to 2 s, each with at most 32 refusals.
    expect(requests.length).toBeLessThan(600 * 32);
    target.failRequest = () => undefined;
    await clock.tick(10_000);
    expect(fatesOf(fates, 'd')).toEqual(Array(1_000).fill('indexed'));
    expect(writer.trouble()).toBeUndefined();
  });

  it('dead-letters nothing while one of two proxies refuses everything', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates } = writing;
    let asked = 0;
    target.failRequest = () => (++asked % 2 === 0 ? REFUSED : undefined);
    for (let i = 0; i < 200; i += 1) {
      writer.submit(deliveries(3, `d${i}-`));
      await clock.tick(100);
    }
    await clock.tick(60_000);
    expect(fatesOf(fates, 'd')).toEqual(Array(600).fill('indexed'));
  });

  it('finds sound documents behind many guilty ones', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates } = writing;
    target.failRequest = (batch) => (batch.some(({ id }) => id.startsWith('bad')) ? REFUSED : undefined);
    writer.submit([...deliveries(300, 'bad'), ...deliveries(10)]);
    await clock.tick(600_000);
    expect(fatesOf(fates, 'd')).toEqual(Array(10).fill('indexed'));
    expect(fatesOf(fates, 'bad').filter((fate) => fate === 'sink-rejected')).toHaveLength(300);
  });

  it('keeps a document that is refused while there is no other to compare it with, and says so', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates } = writing;
    target.failRequest = (batch) => (batch.some(({ id }) => id === 'bad') ? REFUSED : undefined);
    writer.submit([delivery('bad')]);
    await clock.tick(600_000);
    expect(fates.size).toBe(0);
    expect(writer.trouble()?.why).toBe('400 bad');
    writer.submit([delivery('good')]);
    await clock.tick(10_000);
    expect(Object.fromEntries(fates)).toEqual({ good: ['indexed'], bad: ['sink-rejected'] });
  });

  it('settles the witness no second time', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates, requests } = writing;
    target.failRequest = (batch) => (batch.some(({ id }) => id === 'bad') ? REFUSED : undefined);
    writer.submit([delivery('bad'), delivery('good')]);
    await clock.tick(0);
    expect(requests.filter((ids) => ids.join() === 'good').length).toBeGreaterThan(1);
    expect(fates.get('good')).toEqual(['indexed']);
    expect(target.indices.get('events-2026.01.02')?.get('good')?.version).toBe(1n);
  });

  it('goes back whole when the sink goes away in the middle of the search', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates, requests } = writing;
    target.failRequest = (batch) =>
      requests.length > 5 ? { retry: 'ECONNREFUSED' } : batch.some(({ id }) => id === 'd99') ? REFUSED : undefined;
    writer.submit(deliveries(100));
    await clock.tick(60_000);
    expect(writer.trouble()?.why).toBe('ECONNREFUSED');
    target.failRequest = () => undefined;
    await clock.tick(10_000);
    expect(fatesOf(fates, 'd')).toEqual(Array(100).fill('indexed'));
  });
});

describe('requests that are more than the sink takes at once', () => {
  it('become smaller until they are taken, and larger again when more is taken', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates, requests } = writing;
    target.failRequest = (batch) => (batch.length > 10 ? { retry: '429', isBusy: true } : undefined);
    writer.submit(deliveries(500));
    await clock.tick(60_000);
    expect(fatesOf(fates, 'd')).toEqual(Array(500).fill('indexed'));
    target.failRequest = () => undefined;
    writer.submit(deliveries(6_000, 'more'));
    await clock.tick(1_000);
    writer.submit(deliveries(100, 'last'));
    await clock.tick(10);
    expect(requests.at(-1)).toHaveLength(100);
  });
});

describe('documents that we may not write', () => {
  const at = (index: string, id: string) => delivery(id, { index });

  it('are dead letters at once where others of the request are taken', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates } = writing;
    target.failItem = ({ index }) => (index === 'b' ? { status: 'forbidden', why: '403 security' } : undefined);
    writer.submit([at('a', 'a1'), at('b', 'b1')]);
    await clock.tick(0);
    expect(Object.fromEntries(fates)).toEqual({ a1: ['indexed'], b1: ['sink-rejected'] });
  });

  it.each(['forbidden', 'hold'] as const)('are kept, and told of, while nothing is taken: %s', async (status) => {
    await using writing = startWriting();
    const { target, writer, clock, fates } = writing;
    target.failItem = () => ({ status, why: '403 security' });
    writer.submit([at('a', 'a1'), at('b', 'b1')]);
    await clock.tick(600_000);
    expect(fates.size).toBe(0);
    expect(writer.trouble()?.why).toContain('403 security');
    target.failItem = () => undefined;
    await clock.tick(5_000);
    expect(fatesOf(fates, '')).toEqual(['indexed', 'indexed']);
  });
});
