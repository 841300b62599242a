import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lettersIn } from '../../../../src/local/demo/letters.ts';

test('letters are counted by reason over all files, one written twice once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shardline-letters-'));
  const letter = (id: string, reason: string) => `${JSON.stringify({ letter_id: id, reason })}\n`;
  writeFileSync(join(folder, 'a.ndjson'), letter('1', 'decode-json') + letter('2', 'decode-json'));
  writeFileSync(join(folder, 'b.ndjson'), letter('2', 'decode-json') + letter('3', 'index-window'));
  expect(lettersIn(folder)).toEqual({ 'decode-json': 2, 'index-window': 1 });
  rmSync(folder, { recursive: true });
  expect(lettersIn(folder)).toEqual({});
});
