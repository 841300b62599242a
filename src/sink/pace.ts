import type { BulkLimits } from './bulk-queue.ts';
import { nothingLearnt, refusedAt, takenAt } from './learnt-limit.ts';
import { type Answered, beginSteering, type Ceilings, sizeOf, steer } from './steering.ts';

/** The pace at which requests go, for people. */
export interface PaceStatus {
  /** Requests that may be under way at once. */
  readonly slots: number;
  /** How large a request may be. */
  readonly bytes: number;
  readonly documents: number;
  /** Above this, requests were refused as too large (413); undefined when none was of late. */
  readonly learntBytes: number | undefined;
  /** Why the pace was last changed; undefined when it never was. */
  readonly why: string | undefined;
}

/** How many requests may go and how large they may be, as the sink's answers have taught. It does not outlive the process. */
export interface Pace {
  slots(): number;
  /** Whether one more request may go beside those that are under way: so many, and so much of a full one in all. */
  admits(requests: number, share: number): boolean;
  /** The share of a full request that so many bytes and documents are. */
  share(bytes: number, documents: number): number;
  limits(): BulkLimits;
  /** A request of the usual kind was answered or not: slots and sizes follow. */
  answered(answer: Answered): void;
  /** A request of so many bytes was refused as too large. */
  refused(bytes: number, nowMs: number): void;
  /** A request of so many bytes was taken, of whatever kind. */
  taken(bytes: number, nowMs: number): void;
  status(): PaceStatus;
}

const ROUNDING = 1.001;

/** `changed` hears of the number of slots and of the size in bytes, at the beginning and whenever one has changed. */
export const openPace = (
  full: BulkLimits,
  maxInFlight: number,
  changed: (slots: number, bytes: number) => void,
): Pace => {
  const ceilings: Ceilings = { slots: maxInFlight, bytes: full.maxBytes, documents: full.maxDocuments };
  let state = beginSteering(ceilings);
  let learnt = nothingLearnt;
  let limits = full;
  const apply = () => {
    const size = sizeOf(state);
    limits = {
      maxBytes: Math.min(full.maxBytes * size, learnt.bytes),
      maxDocuments: Math.max(1, Math.floor(full.maxDocuments * size)),
      maxAgeMs: full.maxAgeMs,
    };
    changed(state.slots, limits.maxBytes);
  };
  apply();
  return {
    slots: () => state.slots,
    // Those under way may be larger than the next, from before the last change.
    admits: (requests, share) =>
      requests < state.slots && (requests === 0 || share + sizeOf(state) <= state.total * ROUNDING),
    share: (bytes, documents) => Math.max(bytes / full.maxBytes, documents / full.maxDocuments),
    limits: () => limits,
    answered(answer) {
      const { slots, total } = state;
      state = steer(state, answer, { ...ceilings, bytes: Math.min(ceilings.bytes, learnt.bytes / sizeOf(state)) });
      if (state.slots !== slots || state.total !== total) apply();
    },
    refused(bytes, nowMs) {
      learnt = refusedAt(learnt, bytes, nowMs);
      apply();
    },
    taken(bytes, nowMs) {
      const { bytes: before } = learnt;
      learnt = takenAt(learnt, bytes, nowMs, full.maxBytes);
      if (learnt.bytes !== before) apply();
    },
    status: () => ({
      slots: state.slots,
      bytes: Math.round(limits.maxBytes),
      documents: limits.maxDocuments,
      learntBytes: learnt.bytes === Infinity ? undefined : Math.round(learnt.bytes),
      why: state.why,
    }),
  };
};
