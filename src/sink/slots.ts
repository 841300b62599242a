import type { Answered, Steering } from './steering.ts';

/** Answers that are weighed together. */
export interface Round {
  readonly answers: number;
  readonly limited: number;
  readonly bytes: number;
  readonly durationMs: number;
}

/** More documents waiting inside OpenSearch than so many requests' worth bring nothing but delay. */
const QUEUE_TO_GROW = 1;
const QUEUE_TO_SHRINK = 3;
/** With fewer, a slot less would be idle. */
const QUEUE_TO_KEEP = 0.5;
/**
 * With each round the shortest duration is forgotten by so much: a cluster may have become slower for good, or duplicates
 * were quicker than what is new.
 */
const FORGET = 1.01;
/** Durations that are no further apart are the same. */
const ALIKE = 1.05;
/** At the least so many answers are weighed together, and three of each slot. */
const ROUND_ANSWERS = 12;
/** After a change that brought nothing there is none for so many rounds; twice as many after each further such change. */
export const CALM_ROUNDS = 4;
const MOST_CALM_ROUNDS = 64;

export const isFullRound = ({ answers }: Round, slots: number): boolean =>
  answers >= Math.max(ROUND_ANSWERS, 3 * slots);

const EMPTY: Round = { answers: 0, limited: 0, bytes: 0, durationMs: 0 };

export const counted = ({ answers, limited, bytes, durationMs }: Round = EMPTY, answer: Answered): Round => ({
  answers: answers + 1,
  limited: limited + (answer.isLimited ? 1 : 0),
  bytes: bytes + answer.bytes,
  durationMs: durationMs + answer.endedMs - answer.sentMs,
});

/** Back to what was before the last change, for a while; then the other way. */
const back = (state: Steering, slots: number): Partial<Steering> => ({
  slots,
  why: `${state.slots} at once brought no more than ${slots}`,
  isDown: !state.isDown,
  calmRounds: state.patience,
  patience: Math.min(MOST_CALM_ROUNDS, 2 * state.patience),
  before: undefined,
});

/** Whether the last change of slots was worth it: one more must bring something, one fewer cost next to nothing. */
const isWorth = ({ slots, before }: Steering, speed: number): boolean => {
  if (!before || before.slots === slots) return true;
  const gain = speed / before.speed - 1;
  return slots > before.slots ? gain >= Math.min(0.05, 1 / before.slots / 4) : gain >= -0.03;
};

const quicker = (known: { ms: number; slots: number } | undefined, seen: { ms: number; slots: number }) => {
  if (!known || seen.ms * ALIKE < known.ms) return seen;
  const ms = Math.min(seen.ms, known.ms * FORGET);
  return { ms, slots: seen.ms < known.ms * ALIKE ? Math.min(seen.slots, known.slots) : known.slots };
};

/** How many requests seem to wait inside OpenSearch, and whether that was compared with fewer slots than there are. */
interface Waiting {
  readonly queued: number;
  readonly isSure: boolean;
}

/** One slot more or fewer, as it is the turn of either; none where neither is possible. */
const tried = (state: Steering, speed: number, { queued, isSure }: Waiting, most: number): Partial<Steering> => {
  const { slots } = state;
  const isCapped = slots + 1 >= state.slotsCap && state.capRounds > 0;
  const canGrow = slots < most && queued < QUEUE_TO_GROW && !isCapped;
  const canShrink = slots > 1 && (queued > QUEUE_TO_KEEP || !isSure);
  const isDown = canGrow && canShrink ? state.isDown : canShrink;
  if (!canGrow && !canShrink) return { before: undefined };
  return {
    slots: isDown ? slots - 1 : slots + 1,
    isDown,
    before: { slots, speed },
    why: isDown ? 'trying one request fewer at once' : 'trying one more request at once',
  };
};

/** After an outage: when as many as there are slots are answered, twice as many. */
export const ramped = ({ slots, rampTo, round }: Steering, answer: Answered, most: number): Partial<Steering> => {
  const next = counted(round, answer);
  if (next.answers < slots) return { round: next };
  const doubled = Math.min(rampTo, most, 2 * slots);
  return { slots: doubled, rampTo: doubled < rampTo ? rampTo : 0, round: undefined, why: 'answers come again' };
};

/** A round is full, and slots mattered in it: what its speed and durations say about their number. */
export const weighed = (state: Steering, round: Round, most: number): Partial<Steering> => {
  const { slots } = state;
  // All slots are in use all the time: that is how many bytes they carry a millisecond (Little's law).
  const speed = (slots * round.bytes) / Math.max(1, round.durationMs);
  const meanMs = round.durationMs / round.answers;
  const power = Math.round(Math.log2(Math.max(1, round.bytes / round.answers)));
  const quick = quicker(state.quickest[power], { ms: meanMs, slots });
  const known = {
    quickest: { ...state.quickest, [power]: quick },
    capRounds: Math.max(0, state.capRounds - 1),
    slotsCap: slots >= state.slotsCap ? Infinity : state.slotsCap,
  };
  const queued = meanMs > 0 ? slots * (1 - quick.ms / meanMs) : 0;
  if (state.before && !isWorth(state, speed)) return { ...known, ...back(state, state.before.slots) };
  const patience = state.before ? CALM_ROUNDS : state.patience;
  if (queued > QUEUE_TO_SHRINK && slots > 1)
    return { ...known, slots: slots - 1, before: undefined, why: 'requests wait for each other' };
  if (state.calmRounds > 0) return { ...known, calmRounds: state.calmRounds - 1, before: undefined };
  return { ...known, patience, ...tried({ ...state, ...known }, speed, { queued, isSure: quick.slots < slots }, most) };
};
