import { describe, expect, it } from 'vitest';
import { delivery } from '../../support/deliveries.ts';
import { startWriting, type Writing } from '../../support/writing.ts';

const at = (index: string, count: number, prefix = index) =>
  Array.from({ length: count }, (_, i) => delivery(`${prefix}${i}`, { index }));

const makeSick = ({ target }: Writing, ...indices: readonly string[]) => {
  target.failItem = ({ index }) => (indices.includes(index) ? { status: 'sick', why: '503 no primary' } : undefined);
};

const fatesOf = ({ fates }: Writing, prefix: string) => {
  const found = [...fates].filter(([id]) => id.startsWith(prefix)).flatMap(([, all]) => all);
  return Object.fromEntries([...new Set(found)].map((fate) => [fate, found.filter((each) => each === fate).length]));
};

/** Lets time pass while documents of a healthy index go on coming, one a second. */
const busySeconds = async ({ writer, clock }: Writing, seconds: number) => {
  for (let i = 0; i < seconds; i += 1) {
    writer.submit(at('well', 1, `well-${clock.now()}-`));
    await clock.tick(1_000);
  }
};

describe('a sick index', () => {
  it('delays nobody else: after its first refusal its documents go in requests of their own', async () => {
    await using writing = startWriting();
    const { writer, clock, requests } = writing;
    makeSick(writing, 'ill');
    for (let i = 0; i < 20; i += 1) {
      writer.submit([...at('ill', 5, `ill-${i}-`), ...at('well', 5, `well-${i}-`)]);
      await clock.tick(100);
    }
    expect(fatesOf(writing, 'well')).toEqual({ indexed: 100 });
    const isMixed = (ids: readonly string[]) =>
      ids.some((id) => id.startsWith('ill')) && ids.some((id) => id.startsWith('well'));
    expect(requests.filter(isMixed)).toHaveLength(1);
    expect(writer.trouble()).toBeUndefined();
    expect(writer.status().retrying).toContain('index ill: 503 no primary');
  });

  it('holds up nothing while a probe of it waits long for its answer', async () => {
    await using writing = startWriting({ maxInFlight: 1 });
    const { target, writer, clock } = writing;
    makeSick(writing, 'ill');
    const { write } = target;
    target.write = async (batch, signal) => {
      if (batch.some(({ index }) => index === 'ill')) await clock.sleep(15_000);
      return write(batch, signal);
    };
    writer.submit(at('ill', 5));
    await clock.tick(15_000);
    await busySeconds(writing, 60);
    expect(fatesOf(writing, 'well')).toEqual({ indexed: 60 });
  });

  it('is asked by one request at a time, with growing pauses, and goes on as a whole when it is well', async () => {
    await using writing = startWriting();
    const { target, writer, clock, requests } = writing;
    makeSick(writing, 'ill');
    writer.submit(at('ill', 1_000));
    await clock.tick(1_000);
    requests.length = 0;
    await busySeconds(writing, 30);
    const probes = requests.filter((ids) => ids[0]?.startsWith('ill'));
    // At pauses of 1 to 2 s.
    expect(probes.length).toBeGreaterThan(14);
    expect(probes.length).toBeLessThan(32);
    expect(Math.max(...probes.map((ids) => ids.length))).toBeLessThanOrEqual(200);
    target.failItem = () => undefined;
    await clock.tick(2_500);
    expect(fatesOf(writing, 'ill')).toEqual({ indexed: 1_000 });
    expect(writer.status().retrying).toBeUndefined();
  });

  it('is given up when it took nothing for so long while others did', async () => {
    await using writing = startWriting({ retryForMs: 60_000 });
    const { writer, clock } = writing;
    makeSick(writing, 'ill');
    writer.submit(at('ill', 300));
    await clock.tick(0);
    await busySeconds(writing, 58);
    expect(fatesOf(writing, 'ill')).toEqual({});
    await busySeconds(writing, 8);
    expect(fatesOf(writing, 'ill')).toEqual({ 'index-unavailable': 300 });
    // What comes for it afterwards follows without another quarter of an hour.
    writer.submit(at('ill', 10, 'ill-late'));
    await busySeconds(writing, 8);
    expect(fatesOf(writing, 'ill-late')).toEqual({ 'index-unavailable': 10 });
    expect(Object.keys(fatesOf(writing, 'well'))).toEqual(['indexed']);
  });

  it('is never given up while no other takes anything: everything is held, and told of', async () => {
    await using writing = startWriting({ retryForMs: 60_000 });
    const { target, writer, clock, fates } = writing;
    makeSick(writing, 'ill', 'ill-too');
    writer.submit([...at('ill', 10), ...at('ill-too', 10)]);
    await clock.tick(3_600_000);
    expect(fates.size).toBe(0);
    expect(writer.trouble()?.why).toMatch(/^index ill(-too)?: 503 no primary$/);
    target.failItem = () => undefined;
    await clock.tick(5_000);
    expect(fatesOf(writing, 'ill')).toEqual({ indexed: 20 });
    expect(writer.trouble()).toBeUndefined();
  });

  it('is not charged with the time in which all of OpenSearch was away', async () => {
    await using writing = startWriting({ retryForMs: 120_000 });
    const { target, writer } = writing;
    makeSick(writing, 'ill');
    writer.submit(at('ill', 10));
    await busySeconds(writing, 30);
    target.failRequest = () => ({ retry: 'ECONNREFUSED' });
    await busySeconds(writing, 600);
    target.failRequest = () => undefined;
    await busySeconds(writing, 10);
    expect(fatesOf(writing, 'ill')).toEqual({});
    target.failItem = () => undefined;
    await busySeconds(writing, 3);
    expect(fatesOf(writing, 'ill')).toEqual({ indexed: 10 });
    expect(Object.keys(fatesOf(writing, 'well'))).toEqual(['indexed']);
  });

  it('of which one shard is well: what goes there is taken, the rest is given up in time', async () => {
    await using writing = startWriting({ retryForMs: 60_000 });
    const { target, writer } = writing;
    target.failItem = ({ index, id }) =>
      index === 'half' && id.endsWith('0') ? { status: 'sick', why: '503' } : undefined;
    writer.submit(at('half', 1_000));
    await busySeconds(writing, 30);
    expect(fatesOf(writing, 'half')).toEqual({ indexed: 900 });
    await busySeconds(writing, 60);
    expect(fatesOf(writing, 'half')).toEqual({ indexed: 900, 'index-unavailable': 100 });
  });

  it('keeps the order of an id: a later document for another index waits behind the one in the lane', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates } = writing;
    makeSick(writing, 'ill');
    writer.submit([delivery('same', { index: 'ill' }), delivery('other', { index: 'well' })]);
    await clock.tick(500);
    writer.submit([delivery('same', { index: 'well' })]);
    await clock.tick(10_000);
    expect(Object.fromEntries(fates)).toEqual({ other: ['indexed'] });
    target.failItem = () => undefined;
    await clock.tick(5_000);
    expect(fates.get('same')).toEqual(['indexed', 'indexed']);
  });

  it('leaves nothing behind of a lost lease: its ids are free for the next holder', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates } = writing;
    makeSick(writing, 'ill');
    const lost = new AbortController();
    writer.submit([delivery('a', { index: 'ill', lost: lost.signal }), delivery('b', { index: 'ill' })]);
    await clock.tick(3_000);
    lost.abort();
    writer.submit([delivery('a', { index: 'well' })]);
    await clock.tick(5_000);
    expect(fates.get('a')).toEqual(['indexed']);
    target.failItem = () => undefined;
    await clock.tick(5_000);
    expect(target.indices.get('ill')?.has('a')).toBe(false);
    expect(fates.get('b')).toEqual(['indexed']);
  });

  it('lets go of any number of documents of a lost lease', async () => {
    await using writing = startWriting();
    const { writer, clock } = writing;
    makeSick(writing, 'ill');
    const lost = new AbortController();
    const one = delivery('one', { index: 'ill', lost: lost.signal });
    const many = Array.from({ length: 200_000 }, (_, i) => ({ ...one, id: `many-${i}` }));
    writer.submit([one]);
    await clock.tick(10);
    writer.submit(many);
    await clock.tick(10);
    expect(writer.status().retrying).toContain('index ill');
    lost.abort();
    expect(writer.status().retrying).toBeUndefined();
  });

  it('is asked in its turn also where there are many, each of which waits long for its answer', async () => {
    await using writing = startWriting();
    const { target, writer, clock } = writing;
    const indices = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    makeSick(writing, ...indices);
    const { write } = target;
    target.write = async (batch, signal) => {
      const answer = await write(batch, signal);
      if ('items' in answer && answer.items.some(({ status }) => status === 'sick')) await clock.sleep(15_000);
      return answer;
    };
    writer.submit(indices.flatMap((index) => at(index, 3)));
    await clock.tick(60_000);
    makeSick(writing, ...indices.slice(0, 6));
    await clock.tick(60_000);
    expect(fatesOf(writing, 'g')).toEqual({ indexed: 3 });
  });

  it('holds up nobody when a single other request fails while a probe waits long for its answer', async () => {
    await using writing = startWriting();
    const { target, writer, clock } = writing;
    makeSick(writing, 'ill');
    const { write } = target;
    target.write = async (batch, signal) => {
      if (batch.some(({ index }) => index === 'ill')) await clock.sleep(15_000);
      return write(batch, signal);
    };
    writer.submit(at('ill', 5));
    await clock.tick(15_500);
    let resets = 1;
    target.failRequest = (batch) => {
      if (batch.some(({ index }) => index === 'ill') || resets === 0) return undefined;
      resets -= 1;
      return { retry: 'reset' };
    };
    writer.submit(at('well', 5));
    await clock.tick(1_000);
    expect(fatesOf(writing, 'well')).toEqual({ indexed: 5 });
  });

  it('leaves room for what comes for others as soon as its documents wait aside, however long a probe takes', async () => {
    await using writing = startWriting();
    const { target, writer, clock } = writing;
    makeSick(writing, 'ill');
    const { write } = target;
    target.write = async (batch, signal) => {
      const answer = await write(batch, signal);
      if (batch.some(({ index }) => index === 'ill')) await clock.sleep(15_000);
      return answer;
    };
    writer.submit(at('ill', 5));
    await clock.tick(20_000);
    writer.submit(at('ill', 500, 'ill-more'));
    const isIn = writer.room(new AbortController().signal).then(() => clock.now());
    const sinceMs = clock.now();
    await clock.tick(60_000);
    expect((await isIn) - sinceMs).toBeLessThan(500);
  });

  it('is sent nothing more of a lease that was lost while its documents were on their way', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates, requests } = writing;
    makeSick(writing, 'ill');
    const { write } = target;
    target.write = async (batch, signal) => {
      const answer = await write(batch, signal);
      await clock.sleep(100);
      return answer;
    };
    const lost = new AbortController();
    writer.submit([delivery('a', { index: 'ill', lost: lost.signal })]);
    await clock.tick(50);
    lost.abort();
    await clock.tick(10_000);
    expect(requests).toEqual([['a']]);
    writer.submit([delivery('a', { index: 'well' })]);
    await clock.tick(1_000);
    expect(fates.get('a')).toEqual(['indexed']);
  });
});

describe('an index that we may not write', () => {
  const forbid = ({ target }: Writing, isForbidden: (index: string) => boolean) => {
    target.failItem = ({ index }) =>
      isForbidden(index) ? { status: 'forbidden', why: '403 no permissions' } : undefined;
  };

  it('is given up as soon as others are taken, also when its documents come alone', async () => {
    await using writing = startWriting();
    const { writer, clock } = writing;
    forbid(writing, (index) => index === 'no');
    writer.submit(at('no', 5));
    await clock.tick(10_000);
    expect(fatesOf(writing, 'no')).toEqual({});
    await busySeconds(writing, 5);
    expect(fatesOf(writing, 'no')).toEqual({ 'sink-rejected': 5 });
  });

  it('is held when rights are lost while answers of better times are still on their way', async () => {
    await using writing = startWriting({ maxInFlight: 2 });
    const { target, writer, clock } = writing;
    let areGone = false;
    forbid(writing, () => areGone);
    const { write } = target;
    target.write = async (batch, signal) => {
      const answer = await write(batch, signal);
      if (batch[0]?.id.startsWith('slow')) await clock.sleep(50);
      return answer;
    };
    writer.submit(at('a', 3, 'slow'));
    await clock.tick(0);
    areGone = true;
    writer.submit(at('b', 3));
    await clock.tick(600_000);
    expect(fatesOf(writing, 'slow')).toEqual({ indexed: 3 });
    expect(fatesOf(writing, 'b')).toEqual({});
    expect(writer.trouble()?.why).toContain('403 no permissions');
  });
});
