import { expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../src/core/clock.ts';
import type { DeadLetter, DeadLetters } from '../../src/core/letter.ts';
import { silentLog } from '../../src/core/log.ts';
import { letterId } from '../../src/dead-letter/envelope.ts';
import { Letterbox } from '../../src/dead-letter/letterbox.ts';
import { letter } from '../support/letter.ts';
import { until } from '../support/until.ts';

const FAULTS = ['throttling', 'partial failure', 'outage', 'lost answers'] as const;

/** What may befall a target; `lost answers`: what was asked is done, and nobody is told; `silence`: nothing is done. */
export type LetterFault = (typeof FAULTS)[number] | 'silence';

/** A target of its own, empty. */
export interface LetterWorld extends AsyncDisposable {
  readonly target: DeadLetters;
  /** How many letters are many for it: more than one request takes. */
  readonly many: number;
  /** Every envelope that is durable there, in any order; what is kept elsewhere for its size is fetched. */
  read(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** It lasts until the next call; left out: all is well. */
  fault(kind?: LetterFault): void;
}

const never = new AbortController().signal;
const MIB = 1_048_576;

const idsOf = (envelopes: readonly Readonly<Record<string, unknown>>[]): string[] =>
  envelopes.map((each) => String(each.letter_id)).sort();
const many = (count: number, more: (n: number) => Partial<DeadLetter> = () => ({})): DeadLetter[] =>
  Array.from({ length: count }, (_, n) => letter(n, more(n)));
const different = (n: number): Partial<DeadLetter> => ({
  shard: `shardId-00000000000${n % 3}`,
  reason: n % 2 === 0 ? 'decode-json' : 'sink-rejected',
  arrivedMs: Date.UTC(2026, 0, 1 + (n % 2), 12),
});

/** Posts letters to a letterbox on the target; `durable` fills as it tells of them. */
const running = (target: DeadLetters, letters: readonly DeadLetter[]) => {
  const backoff = { firstMs: 20, maxMs: 100 };
  const box = new Letterbox({
    target: { put: target.put, close: async () => {} },
    maxLetters: 1_000,
    maxBytes: 4 * MIB,
    backoff,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  });
  const durable: string[] = [];
  for (const each of letters) box.post({ letter: each, onDurable: () => durable.push(letterId(each)), lost: never });
  const ended = box.run();
  const close = () => {
    box.close();
    return ended;
  };
  return { box, durable, [Symbol.asyncDispose]: close };
};

/** What every target of dead letters must do. */
export const deadLettersContract = (make: () => Promise<LetterWorld>): void => {
  it('keeps letters of every kind, more than one request takes, each once and whole', async () => {
    await using world = await make();
    const letters = many(world.many, different);
    const unkept = await world.target.put(letters, never);
    expect(unkept).toHaveLength(letters.length);
    expect(new Set(unkept)).toEqual(new Set([undefined]));
    const envelopes = await world.read();
    expect(idsOf(envelopes)).toEqual(letters.map(letterId).sort());
    expect(envelopes.find((each) => each.sequence_number === '7')).toMatchObject({
      schema: 1,
      letter_id: 's/shardId-000000000001/7/0/0/sink-rejected',
      reason: 'sink-rejected',
      message: 'not JSON',
      application: 'app',
      stream: 's',
      shard: 'shardId-000000000001',
      partition_key: 'p',
      arrived_at: '2026-01-02T12:00:00.000Z',
      raw: '//4ACgc=',
    });
  });

  it('has nothing to do for no letters', async () => {
    await using world = await make();
    expect(await world.target.put([], never)).toEqual([]);
    expect(await world.read()).toEqual([]);
  });

  it('keeps every character and every byte as they are', async () => {
    await using world = await make();
    const text = `\u0000\u0007\t\n\r"\\\u007f\u0085\u2028é漢😀\ud800 \ufffd\ufffe\uffff</x>&amp;`;
    const raw = Uint8Array.from({ length: 256 }, (_, i) => i);
    const odd = letter(1, {
      raw,
      message: text,
      partitionKey: text,
      answer: text,
      index: 'i',
      document: JSON.stringify({ text: text.replace('\ud800', '') }),
    });
    expect(await world.target.put([odd], never)).toEqual([undefined]);
    const [envelope] = await world.read();
    expect(envelope).toMatchObject({ message: text, partition_key: text, answer: text });
    expect(envelope?.document).toEqual({ text: text.replace('\ud800', '') });
    expect(Buffer.from(String(envelope?.raw), 'base64')).toEqual(Buffer.from(raw));
  });

  it('keeps a letter of any size, among small ones', { timeout: 60_000 }, async () => {
    await using world = await make();
    const large = letter(1, {
      raw: Buffer.alloc(3 * MIB, 'é'),
      document: JSON.stringify({ text: '漢'.repeat(2 * MIB) }),
      message: 'm'.repeat(5_000),
    });
    const letters = [letter(0), large, letter(2)];
    expect(await world.target.put(letters, never)).toEqual([undefined, undefined, undefined]);
    const envelopes = await world.read();
    expect(idsOf(envelopes)).toEqual(letters.map(letterId).sort());
    const found = envelopes.find((each) => each.letter_id === letterId(large));
    expect(found?.message).toBe(large.message);
    expect(Buffer.from(String(found?.raw), 'base64').equals(Buffer.from(large.raw))).toBe(true);
    expect(JSON.stringify(found?.document) === large.document).toBe(true);
  });

  it('keeps letters that are as large as it takes at once', { timeout: 60_000 }, async () => {
    await using world = await make();
    // In base64, with its envelope, some of them are just below, some just above 256 KiB, 1,000,000 B and 1 MiB.
    const sizes = [196_000, 196_300, 196_600, 749_000, 749_700, 750_000, 785_000, 786_000, 786_400];
    const letters = sizes.map((bytes, n) => letter(n, { raw: Buffer.alloc(bytes, n) }));
    expect(await world.target.put(letters, never)).toEqual(letters.map(() => undefined));
    expect(idsOf(await world.read())).toEqual(letters.map(letterId).sort());
  });

  it.each(FAULTS)(
    '%s: tells of no letter that it does not keep, and keeps all of them in the end',
    {
      timeout: 60_000,
    },
    async (kind) => {
      await using world = await make();
      const large = letter(50, { raw: Buffer.alloc(2 * MIB, 7) });
      const letters = [...many(50, different), large];
      world.fault(kind);
      await using sending = running(world.target, letters);
      const trouble = await until(() => sending.box.trouble());
      expect(trouble).toMatch(/^dead letters cannot be written: ./);
      const told = [...sending.durable];
      world.fault();
      const kept = new Set(idsOf(await world.read()));
      expect(told.filter((id) => !kept.has(id))).toEqual([]);
      if (kind !== 'partial failure') expect(told).toEqual([]);
      await until(() => sending.durable.length === letters.length, 30_000);
      expect(sending.box.trouble()).toBeUndefined();
      expect(new Set(idsOf(await world.read()))).toEqual(new Set(letters.map(letterId)));
    },
  );

  it('partial failure: tells exactly of each letter what became of it', async () => {
    await using world = await make();
    const letters = many(100, different);
    world.fault('partial failure');
    const unkept = await world.target.put(letters, never).catch((thrown: unknown) => letters.map(() => String(thrown)));
    world.fault();
    expect(unkept.some((why) => why !== undefined)).toBe(true);
    const kept = letters.filter((_, i) => unkept[i] === undefined).map(letterId);
    expect(idsOf(await world.read())).toEqual(kept.sort());
  });

  it('finds nothing against itself', async () => {
    await using world = await make();
    expect(await world.target.check(never)).toBeUndefined();
  });
};
