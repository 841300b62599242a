/**
 * Why a record or a document was dead-lettered. Each code is explained, with what to do, in docs/dead-letters.md;
 * a test holds this list and that page together.
 */
export const REASONS = [
  'decode-empty',
  'decode-gzip',
  'decode-too-large',
  'decode-utf8',
  'decode-json',
  'decode-not-object',
  'decode-too-many',
  'decode-kpl',
  'transform-invalid',
  'transform-threw',
  'transform-timeout',
  'transform-garbage',
  'transform-too-many',
  'document-id',
  'document-repeated-id',
  'document-operation',
  'index-window',
  'sink-rejected',
  'sink-too-large',
  'id-conflict',
  'index-unavailable',
] as const;

export type Reason = (typeof REASONS)[number];
