import { expect, it } from 'vitest';
import { parseShare, showShare } from '../../../src/config/share.ts';

it.each([
  ['1%', 0.01],
  ['50%', 0.5],
  ['99%', 0.99],
  ['off', Number.POSITIVE_INFINITY],
])('%s is a share', (text, share) => {
  expect(parseShare(text)).toBe(share);
  expect(showShare(share)).toBe(text);
});

it.each(['0%', '100%', '50', '0.5', '-1%', '5.5%', '', 'on', ' 5%'])('"%s" is none', (text) => {
  expect(parseShare(text)).toBeUndefined();
});
