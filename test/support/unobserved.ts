import type { WriterOptions } from '../../src/sink/writer-options.ts';

/** Of a bulk writer that nobody watches. */
export const unobserved: WriterOptions['observe'] = {
  bulk() {},
  resent() {},
  bulksInFlight() {},
  bulkPace() {},
  sickIndices() {},
};
