/** What 413 answers have taught about how large a request may be. */
export interface LearntLimit {
  /** Requests stay at or below this, bytes; Infinity when nothing is known. */
  readonly bytes: number;
  /** The largest limit that requests near it have passed; 0 when none has. */
  readonly passedBytes: number;
  /** The smallest request that was refused of late; Infinity once that is too long ago to believe. */
  readonly refusedBytes: number;
  readonly refusedMs: number;
  /** Requests near the limit that were taken since it last changed. */
  readonly taken: number;
}

/** Below this it is no limit but something broken; and a smaller limit is found by halving each time. */
const LEAST_BYTES = 16 * 1024;
/** Proxies change: a refusal is believed for so long. */
const BELIEVED_MS = 600_000;
/** So many requests near the limit are taken, and it may be a little larger; twice as large when nothing is against it. */
const PROOF = 32;
const STEP = 1.125;
const PROOF_WHEN_FORGOTTEN = 4;
const LEAP = 2;

export const nothingLearnt: LearntLimit = {
  bytes: Infinity,
  passedBytes: 0,
  refusedBytes: Infinity,
  refusedMs: 0,
  taken: 0,
};

/** A request of so many bytes was refused as too large. Pure. */
export const refusedAt = (limit: LearntLimit, bytes: number, nowMs: number): LearntLimit => {
  if (bytes > limit.bytes && bytes >= limit.refusedBytes) return limit;
  // What has passed will pass again; where nothing has, the halves of this request are tried next.
  const passedBytes = limit.passedBytes < bytes ? limit.passedBytes : 0;
  const next = Math.max(LEAST_BYTES, Math.min(limit.bytes, passedBytes || bytes / 2));
  return { bytes: next, passedBytes, refusedBytes: bytes, refusedMs: nowMs, taken: 0 };
};

/** A request of so many bytes was taken; `mostBytes`: what the configuration allows. Pure. */
export const takenAt = (limit: LearntLimit, bytes: number, nowMs: number, mostBytes: number): LearntLimit => {
  // Documents of one size, just too large for two of them, never fill more than half of it.
  if (limit.bytes === Infinity || bytes < 0.5 * limit.bytes) return limit;
  const isKnown = limit.refusedBytes !== Infinity && bytes < limit.refusedBytes;
  const isBelieved = isKnown && nowMs - limit.refusedMs < BELIEVED_MS;
  const seen = { ...limit, refusedBytes: isBelieved ? limit.refusedBytes : Infinity, taken: limit.taken + 1 };
  if (seen.taken < (isBelieved ? PROOF : PROOF_WHEN_FORGOTTEN)) return seen;
  const next = limit.bytes * (isBelieved ? STEP : LEAP);
  if (next >= seen.refusedBytes) return { ...seen, passedBytes: limit.bytes };
  return next >= mostBytes ? nothingLearnt : { ...seen, bytes: next, passedBytes: limit.bytes, taken: 0 };
};
