import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repairText } from '../../../../src/transform/music-events/repair.ts';
import { CANONICAL, documentOf } from './support.ts';

/** Takes the text's UTF-8 for Latin-1, as a careless program does. */
const spoiled = (text: string): string => Buffer.from(text).toString('latin1');

describe('repairText', () => {
  it.each(['Björk', 'Sigur Rós', 'Мумий Тролль', '初音ミク', '👩‍🎤', 'São Paulo – Zürich'])('restores %s', (text) => {
    expect(repairText(spoiled(text))).toBe(text);
    expect(repairText(spoiled(spoiled(text)))).toBe(text);
  });

  it.each(['Björk', 'Ã', '初Ã¶', 'plain', '', 'Ã¶ \u2026', '\u00c3\u00b6 \u00f6', '\ud800Ã¶'])(
    'leaves %j alone',
    (text) => {
      expect(repairText(text)).toBe(text);
    },
  );

  it('restores any text that is not itself spoiled, and any ASCII stays', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(text.isWellFormed() && repairText(text) === text);
        expect(repairText(spoiled(text))).toBe(text);
      }),
    );
  });

  it('takes time in proportion, also where nearly every character allows it', () => {
    const long = `${'é'.repeat(1_000_000)}漢`;
    expect(repairText(long)).toBe(long);
  });

  it('is off by default and spares ids', () => {
    const event = { ...CANONICAL, artist: spoiled('Björk'), user_id: spoiled('Björk') };
    expect(documentOf(event).body.artist?.name).toBe(spoiled('Björk'));
    const repaired = documentOf(event, { repair_text: true }).body;
    expect([repaired.artist?.name, repaired.user?.id]).toEqual(['Björk', spoiled('Björk')]);
  });
});
