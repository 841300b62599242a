import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/local/events/dice.ts';
import { DIGEST_ALPHABET, ListingPlan, type Window } from '../../../src/sink/listing-plan.ts';

const PAGE = 5_000;

interface Stored {
  readonly atMs: number;
  readonly digest: string;
}

const isIn = ({ fromMs, toMs, digestPrefix, others }: Window, { atMs, digest }: Stored): boolean =>
  atMs >= fromMs &&
  atMs < toMs &&
  digest.startsWith(digestPrefix) &&
  !(others && digest.length > digestPrefix.length && DIGEST_ALPHABET.includes(digest[digestPrefix.length] ?? '?'));

/** Lists as the adapter does; returns what was listed, and how many questions it took. */
const list = (range: { fromMs: number; toMs: number }, stored: readonly Stored[]) => {
  const plan = new ListingPlan(range, PAGE);
  const listed: Stored[] = [];
  let asked = 0;
  for (let window = plan.next(); window; window = plan.next()) {
    const at = window;
    const hits = stored.filter((each) => isIn(at, each));
    asked += 1;
    if (plan.answered(window, hits.length)) listed.push(...hits);
  }
  return { listed, asked };
};

const byDigest = (a: Stored, b: Stored): number => a.atMs - b.atMs || (a.digest < b.digest ? -1 : 1);

describe('a listing by arrival', () => {
  it('lists everything of the range once, whatever the bursts', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = seededRandom(seed);
      const letters = () => DIGEST_ALPHABET[Math.floor(random() * 64)] ?? 'A';
      const stored: Stored[] = Array.from({ length: 12_000 }, () => ({
        atMs: Math.floor(random() ** 6 * 100_000),
        digest: letters() + letters() + letters() + letters(),
      }));
      // One millisecond holds more than an answer, some of it without a digest or with a strange one.
      for (let n = 0; n < PAGE + 500; n += 1)
        stored.push({
          atMs: 50_000,
          digest: n % 50 === 0 ? (['', '?!'][n % 100 === 0 ? 0 : 1] ?? '') : letters() + letters(),
        });
      const range = { fromMs: 3, toMs: 99_000 };
      const { listed } = list(range, stored);
      const inRange = stored.filter(({ atMs }) => atMs >= range.fromMs && atMs < range.toMs);
      expect(listed.sort(byDigest), `seed ${seed}`).toEqual(inRange.sort(byDigest));
    }
  });

  it('asks seldom: an empty day in a few questions, a steady one in full answers', () => {
    const day = { fromMs: 0, toMs: 86_400_000 };
    expect(list(day, []).asked).toBeLessThan(10);
    const steady = Array.from({ length: 20_000 }, (_, n) => ({ atMs: n * 4_320, digest: 'A' }));
    expect(list(day, steady).asked).toBeLessThan(12);
  });

  it('says so when thousands of one millisecond cannot be told apart', () => {
    const same = Array.from({ length: PAGE + 1 }, () => ({ atMs: 5, digest: 'AAAA' }));
    expect(() => list({ fromMs: 0, toMs: 10 }, same)).toThrow(
      /more than 5000 documents that arrived at 1970-01-01T00:00:00.005Z have the same ingest.digest/,
    );
  });
});
