import { documentKey, type Expected, type Found } from './entries.ts';

/** What an expected document comes to beside the one that stands under its id. */
export type Standing = 'indexed' | 'duplicate' | 'different' | 'absent';

/**
 * Judges one expected document. The same body under the id is the document itself, or was brought by another record (a
 * producer that sent twice); another body is for the letters to explain.
 */
export const judge = (expected: Expected, stored: Found | undefined): Standing => {
  if (!stored) return 'absent';
  if (stored.digest !== expected.digest) return 'different';
  const isOwn = stored.shard === expected.shard && stored.sequenceNumber === expected.sequenceNumber;
  return isOwn ? 'indexed' : 'duplicate';
};

export interface Judged {
  readonly expected: Expected;
  readonly stored: Found | undefined;
  readonly standing: Standing;
}

/** Both sides of one part compared: every expected document judged, and what stands there that nothing expects. */
export interface Compared {
  readonly judged: readonly Judged[];
  readonly strays: readonly Found[];
}

/**
 * Compares documents that the stream promises with those found. One that two records promise and that is absent is absent
 * once. Pure.
 */
export const compareDocuments = (expected: readonly Expected[], found: readonly Found[]): Compared => {
  const byKey = new Map(found.map((document) => [documentKey(document), document]));
  const claimed = new Set<string>();
  const absent = new Set<string>();
  const judged = expected.map((document): Judged => {
    const key = documentKey(document);
    const stored = byKey.get(key);
    if (stored) claimed.add(key);
    const standing = judge(document, stored);
    const body = `${key}\u0000${document.digest}`;
    if (standing === 'absent' && absent.has(body)) return { expected: document, stored, standing: 'duplicate' };
    if (standing === 'absent') absent.add(body);
    return { expected: document, stored, standing };
  });
  const strays = [...byKey].flatMap(([key, document]) => (claimed.has(key) ? [] : [document]));
  return { judged, strays };
};
