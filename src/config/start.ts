import type { Start } from '../core/position.ts';

/** A time needs its zone: a local one would mean another moment on every machine. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** When to begin where there is no checkpoint; undefined for text that says no such time. */
export const parseStart = (value: string): Start | undefined => {
  if (value === 'TRIM_HORIZON' || value === 'LATEST') return { at: value };
  const timestampMs = ISO_TIME.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(timestampMs) ? undefined : { at: 'AT_TIMESTAMP', timestampMs };
};

export const showStart = (start: Start): string =>
  start.at === 'AT_TIMESTAMP' ? new Date(start.timestampMs).toISOString() : start.at;
