import { CALM_ROUNDS, counted, isFullRound, type Round, ramped, weighed } from './slots.ts';

/** The most that the configuration allows: requests under way at once, and the size of each. */
export interface Ceilings {
  readonly slots: number;
  readonly bytes: number;
  readonly documents: number;
}

/** What became of one request. */
export interface Answered {
  /** `taken`: answered document by document; `busy`: too much at once as a whole; `late`: no answer in time; `failed`: any other. */
  readonly outcome: 'taken' | 'busy' | 'late' | 'failed';
  readonly documents: number;
  readonly bytes: number;
  /** How many of its documents must go again. */
  readonly rejected: number;
  readonly sentMs: number;
  readonly endedMs: number;
  /** Whether it took the last slot while another request's worth of documents was waiting: only then do slots matter. */
  readonly isLimited: boolean;
}

/** How many requests may be under way, how large each, and what that rests on. */
export interface Steering {
  readonly slots: number;
  /** How much may be under way in all of them together, in full requests. Infinity when nothing is against it. */
  readonly total: number;
  /** The last change, for people. */
  readonly why: string | undefined;
  /** Up to here slots double, as they were there before. */
  readonly rampTo: number;
  /** Where it was too much last: growth towards it is slow. Infinity when nothing is known. */
  readonly slotsCap: number;
  readonly totalCap: number;
  /** Rounds until a number of slots that was too much may be tried again. */
  readonly capRounds: number;
  /** Rounds without a change, after one that brought nothing; and how many there will be after the next such one. */
  readonly calmRounds: number;
  readonly patience: number;
  /** Whether one slot fewer is tried next, or one more. */
  readonly isDown: boolean;
  /** The round before the last change: slots, and bytes a millisecond. */
  readonly before: { readonly slots: number; readonly speed: number } | undefined;
  readonly round: Round | undefined;
  /** Requests sent earlier say nothing about what is allowed now. */
  readonly changedMs: number;
  /** Busy answers in a row. */
  readonly streak: number;
  /** The shortest mean duration of a round by the size of its requests, as a power of two, and the fewest slots that had it. */
  readonly quickest: Readonly<Record<number, { readonly ms: number; readonly slots: number }>>;
}

const FIRST_SLOTS = 4;
const CUT = 0.7;
const DEEP_CUT = 0.5;
/** Smaller requests than this share cost more than fewer at once. */
const SMALL = 1 / 8;
/** Fewer refused documents of a request say nothing about its size or about what is beside it. */
const FEW = 0.01;
/** About one document. */
const LEAST = 1 / 4096;
const LEAST_FOR_ITEMS = 1 / 16;
const NEARLY_ALL = 0.9;
/** Where a limit is known, growth is slow from here on, quicker beyond it, and quick where it is not there any more. */
const NEAR = 0.85;
const FAR = 1.1;
const GONE = 2;
/** A number of slots that was too much is tried again after so many rounds. */
const CAP_ROUNDS = 64;

export const beginSteering = ({ slots }: Ceilings): Steering => ({
  slots: Math.min(FIRST_SLOTS, slots),
  total: Infinity,
  why: undefined,
  rampTo: 0,
  slotsCap: Infinity,
  totalCap: Infinity,
  capRounds: 0,
  calmRounds: 0,
  patience: CALM_ROUNDS,
  isDown: false,
  before: undefined,
  round: undefined,
  changedMs: Number.NEGATIVE_INFINITY,
  streak: 0,
  quickest: {},
});

/** The share of its full size that a request may have. */
export const sizeOf = ({ slots, total }: Steering): number => Math.min(1, total / slots);

const smaller = (state: Steering, by: number): Partial<Steering> => {
  const { slots } = state;
  const total = Math.min(state.total, slots);
  const isSmall = sizeOf(state) < SMALL && state.streak > 0;
  return {
    total: Math.max(LEAST, total * by),
    totalCap: total,
    ...(isSmall ? { slots: Math.max(1, Math.floor(slots * by)), calmRounds: 0, patience: CALM_ROUNDS } : {}),
  };
};

/** The cluster found a request too much beside the others: less at once, in smaller requests. */
const onBusy = (state: Steering, { endedMs }: Answered): Steering => ({
  ...state,
  ...smaller(state, state.streak > 0 ? DEEP_CUT : CUT),
  why: 'a request was too much beside the others',
  rampTo: 0,
  before: undefined,
  round: undefined,
  changedMs: endedMs,
  streak: state.streak + 1,
});

/**
 * It found single documents too much: fewer requests. The last one becomes smaller only when next to nothing of it is
 * taken: queues fill with requests, whatever their size, and many small ones take longer than one large one.
 */
const fewer = ({ slots, total }: Steering, { rejected, documents }: Answered): Partial<Steering> => {
  if (slots > 1) return { slots: Math.max(1, Math.floor(slots * CUT)), slotsCap: slots, capRounds: CAP_ROUNDS };
  if (rejected < NEARLY_ALL * documents) return {};
  return { total: Math.max(Math.min(total, LEAST_FOR_ITEMS), Math.min(total, 1) * CUT) };
};

const onRejected = (state: Steering, answer: Answered): Steering => ({
  ...state,
  ...fewer(state, answer),
  why: `${answer.rejected} of ${answer.documents} documents were too much at once`,
  rampTo: 0,
  before: undefined,
  round: undefined,
  changedMs: answer.endedMs,
  streak: 0,
});

/** It was not there, or too slow: begin again with one request, and double until half of what was. */
const onFailed = (state: Steering, { endedMs, outcome }: Answered): Steering => ({
  ...state,
  slots: 1,
  ...(outcome === 'late' ? { total: Math.max(LEAST, sizeOf(state) * DEEP_CUT), totalCap: Infinity } : {}),
  why: outcome === 'late' ? 'no answer in time' : 'requests failed',
  rampTo: Math.max(state.rampTo, Math.ceil(state.slots / 2)),
  before: undefined,
  round: undefined,
  changedMs: endedMs,
  streak: 0,
});

/** Whether a second one like it would not have fitted: documents of one size may fill hardly more than half of it. */
const isFull = ({ bytes, documents }: Answered, state: Steering, ceilings: Ceilings): boolean => {
  const size = sizeOf(state);
  return bytes >= 0.5 * size * ceilings.bytes || documents >= Math.floor(0.75 * size * ceilings.documents);
};

/**
 * How much more is allowed for each full request that is taken: as much again where no limit is known, hardly more where
 * one was, and the more the further that is exceeded.
 */
const stepOf = ({ total, totalCap }: Steering): number => {
  if (totalCap === Infinity) return total;
  if (total < totalCap * NEAR) return totalCap / 32;
  if (total < totalCap) return totalCap / 2048;
  if (total < totalCap * FAR) return total / 512;
  return total < totalCap * GONE ? total / 32 : total / 4;
};

const grown = (state: Steering, { slots }: Ceilings): Partial<Steering> => {
  if (state.total === Infinity) return {};
  const total = state.total + stepOf(state);
  return total < slots ? { total } : { total: Infinity, totalCap: Infinity };
};

const onTaken = (state: Steering, answer: Answered, ceilings: Ceilings): Steering => {
  const next = { ...state, streak: 0, ...(isFull(answer, state, ceilings) ? grown(state, ceilings) : {}) };
  const { slots } = state;
  if (slots < Math.min(state.rampTo, ceilings.slots)) return { ...next, ...ramped(state, answer, ceilings.slots) };
  const round = counted(state.round, answer);
  if (!isFullRound(round, slots)) return { ...next, round };
  // Where too little is coming, more slots change nothing and speeds compare nothing.
  if (round.limited < 0.75 * round.answers) return { ...next, round: undefined, before: undefined };
  const after = { ...next, ...weighed(state, round, ceilings.slots) };
  return { ...after, round: undefined, changedMs: after.slots === slots ? state.changedMs : answer.endedMs };
};

/** What one more answer changes. Pure. */
export const steer = (state: Steering, answer: Answered, ceilings: Ceilings): Steering => {
  if (answer.sentMs < state.changedMs) return state;
  if (answer.outcome === 'busy') return onBusy(state, answer);
  if (answer.outcome !== 'taken') return onFailed(state, answer);
  // One document that can never be written must not slow down all others.
  return answer.rejected <= Math.max(1, FEW * answer.documents)
    ? onTaken(state, answer, ceilings)
    : onRejected(state, answer);
};
