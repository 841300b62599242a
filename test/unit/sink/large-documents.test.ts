import { describe, expect, it } from 'vitest';
import { delivery } from '../../support/deliveries.ts';
import { startWriting, type Writing } from '../../support/writing.ts';

const LIMIT = 10_000;
const large = (id: string, bytes = 2 * LIMIT) => delivery(id, { body: `{"n":"${'x'.repeat(bytes)}"}` });

/** As OpenSearch with so little memory for indexing: more than that at once is refused, for ever. */
const makeSmall = ({ target }: Writing) => {
  target.failRequest = (batch) =>
    batch.reduce((sum, { bytes }) => sum + bytes, 0) > LIMIT ? { retry: '429 too much', isBusy: true } : undefined;
};

/** Lets time pass while small documents go on coming, one a second. */
const busySeconds = async ({ writer, clock }: Writing, seconds: number) => {
  for (let i = 0; i < seconds; i += 1) {
    writer.submit([delivery(`small-${clock.now()}`)]);
    await clock.tick(1_000);
  }
};

const smallFates = ({ fates }: Writing) =>
  [...fates].filter(([id]) => id.startsWith('small')).flatMap(([, all]) => all);

describe('a document that alone is more than OpenSearch takes at once', () => {
  it('becomes a dead letter when smaller requests were taken for so long; the others go on meanwhile', async () => {
    await using writing = startWriting({ retryForMs: 60_000 });
    const { writer, fates, requests } = writing;
    makeSmall(writing);
    writer.submit([large('giant')]);
    await busySeconds(writing, 10);
    // In a lane of its own by now: it keeps nobody waiting, and whole requests do not fail any more.
    expect(smallFates(writing)).toHaveLength(10);
    expect(writer.trouble()).toBeUndefined();
    expect(writer.status().retrying).toContain('documents that alone are too much at once: 429 too much');
    await busySeconds(writing, 45);
    expect(fates.get('giant')).toBeUndefined();
    await busySeconds(writing, 15);
    expect(fates.get('giant')).toEqual(['sink-too-large']);
    expect(smallFates(writing)).toEqual(Array(70).fill('indexed'));
    // At pauses that grow to 2 s.
    expect(requests.filter(([id]) => id === 'giant').length).toBeLessThan(80);
    expect(writer.status().sick).toEqual([]);
  });

  it('lets no further one of its size wait as long, but a smaller one', async () => {
    await using writing = startWriting({ retryForMs: 60_000 });
    const { writer, fates } = writing;
    makeSmall(writing);
    writer.submit([large('giant'), large('smaller', LIMIT + 10)]);
    await busySeconds(writing, 75);
    expect(['giant', 'smaller'].filter((id) => fates.has(id))).toHaveLength(1);
    writer.submit([large('another')]);
    await busySeconds(writing, 75);
    expect(fates.get('giant')).toEqual(['sink-too-large']);
    expect(fates.get('another')).toEqual(['sink-too-large']);
  });

  it('is kept while nothing else is taken either', async () => {
    await using writing = startWriting({ retryForMs: 60_000 });
    const { target, writer, clock, fates } = writing;
    target.failRequest = () => ({ retry: '429', isBusy: true });
    writer.submit([large('giant'), delivery('small')]);
    await clock.tick(600_000);
    expect(fates.size).toBe(0);
    target.failRequest = () => undefined;
    await clock.tick(10_000);
    expect(Object.fromEntries(fates)).toEqual({ giant: ['indexed'], small: ['indexed'] });
  });

  it('is kept while larger requests are taken: then it is not its size', async () => {
    await using writing = startWriting({ retryForMs: 60_000 });
    const { target, writer, clock, fates } = writing;
    target.failRequest = (batch) =>
      batch.some(({ id }) => id === 'unlucky') ? { retry: '429', isBusy: true } : undefined;
    writer.submit([delivery('unlucky')]);
    for (let i = 0; i < 300; i += 1) {
      writer.submit([large(`other${i}`)]);
      await clock.tick(1_000);
    }
    expect(fates.has('unlucky')).toBe(false);
    target.failRequest = () => undefined;
    await clock.tick(10_000);
    expect(fates.get('unlucky')).toEqual(['indexed']);
  });

  it('is let go of with its lease', async () => {
    await using writing = startWriting({ retryForMs: 60_000 });
    const { writer, clock, requests } = writing;
    makeSmall(writing);
    const lost = new AbortController();
    writer.submit([{ ...large('giant'), lost: lost.signal }]);
    await busySeconds(writing, 10);
    lost.abort();
    await clock.tick(2_000);
    requests.length = 0;
    await busySeconds(writing, 10);
    expect(requests.flat().filter((id) => id === 'giant')).toEqual([]);
  });
});
