import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { partOf, Spill } from '../../../src/audit/spill.ts';
import { seededRandom } from '../../../src/local/events/dice.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spill-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const PARTS = 16;

describe('a spill', () => {
  it('gives back every entry once, in its order, with the others of its key', () => {
    const random = seededRandom(4);
    const spill = new Spill<{ key: string; n: number; text: string }>(folder, PARTS);
    const entries = Array.from({ length: 20_000 }, (_, n) => {
      const key = `k${Math.floor(random() * 700)}`;
      return { key, n, text: ['', 'line\nbreak', 'ü\u0000😀', 'x'.repeat(Math.floor(random() * 90))][n % 4] ?? '' };
    });
    for (const entry of entries) spill.add(entry.key, entry);
    const parts = Array.from({ length: PARTS }, (_, part) => spill.read(part));
    for (const [part, read] of parts.entries())
      expect(read).toEqual(entries.filter(({ key }) => partOf(key, PARTS) === part));
    expect(spill.bytes).toBeGreaterThan(500_000);
    spill.close();
  });

  it('spreads keys that differ in one digit only', () => {
    const counts = new Array<number>(256).fill(0);
    for (let n = 0; n < 100_000; n += 1) {
      const part = partOf(`music-events-2026.01.02\u0000event-${n}`, 256);
      counts[part] = (counts[part] ?? 0) + 1;
    }
    expect(Math.max(...counts)).toBeLessThan(2 * (100_000 / 256));
  });

  it('leaves nothing in the folder, not even while it is open', () => {
    const spill = new Spill<string>(folder, PARTS);
    spill.add('k', 'x'.repeat(100_000));
    expect(readdirSync(folder)).toEqual([]);
    expect(spill.read(partOf('k', PARTS))).toEqual(['x'.repeat(100_000)]);
    spill.close();
  });
});
