import { describe, expect, it } from 'vitest';
import { bytesOf, Lines } from '../../../src/core/lines.ts';

const stretches = (lines: Lines, texts: readonly string[]) => {
  const made = texts.map((text) => {
    const start = lines.end();
    lines.write(text);
    return { lines, start, bytes: lines.end() - start };
  });
  lines.close();
  return made;
};

describe('lines', () => {
  it('come back byte by byte, whatever their letters and however long', () => {
    const texts = ['a', 'é😀', 'x'.repeat(300_000), '', '\n', 'ü'.repeat(200_000)];
    const made = stretches(new Lines(), texts);
    expect(made.map((each) => bytesOf([each]).toString())).toEqual(texts);
    expect(bytesOf(made).toString()).toBe(texts.join(''));
  });

  it('are taken together in any order, with gaps, from several slices', () => {
    const [a, b, c, d] = stretches(new Lines(), ['a1', 'b2', 'c3', 'd4']);
    const [e, f] = stretches(new Lines(), ['e5', 'f6']);
    if (!(a && b && c && d && e && f)) throw new Error('six stretches are made');
    expect(bytesOf([b, c, e, f, a, d]).toString()).toBe('b2c3e5f6a1d4');
    expect(bytesOf([])).toHaveLength(0);
  });

  it('of a slice stay what they were when the next one is written', () => {
    const first = stretches(new Lines(), ['first']);
    stretches(new Lines(), ['other']);
    expect(bytesOf(first).toString()).toBe('first');
  });

  it('hold no more memory than their own bytes', () => {
    const [one] = stretches(new Lines(), ['one']);
    expect(one && bytesOf([one]).buffer.byteLength).toBe(3);
  });

  it('are copied out, and given back with the last stretch that is released', () => {
    const lines = new Lines();
    lines.write('ab');
    lines.close(2);
    const copy = bytesOf([{ lines, start: 0, bytes: 2 }]);
    const view = lines.bytes(0, 2);
    lines.release();
    expect(view.toString()).toBe('ab');
    lines.release();
    expect(view).toHaveLength(0);
    expect(copy.toString()).toBe('ab');
    expect(() => lines.bytes(0, 2)).toThrow('after their release');
  });

  it('are neither read before their slice is over nor written after', () => {
    const lines = new Lines();
    lines.write('a');
    expect(() => lines.bytes(0, 1)).toThrow('before their slice was over');
    lines.close();
    expect(() => lines.write('b')).toThrow('after their slice was over');
  });
});
