import { type Fields, textIn, WrongField } from '../core/fields.ts';
import { isObject } from '../core/is-object.ts';
import type { Opinion } from './decide.ts';
import { LIMITS, type Load } from './load.ts';

/** What a worker tells the others, in its row of the lease table. */
export interface Telling {
  /** Undefined while it is not known. */
  readonly load: Load | undefined;
  readonly opinion: Opinion | undefined;
  /** How often the fleet's opinion has been thought over: the highest is the newest. */
  readonly round: number;
}

const VERSION = 1;
/** With it a worker's row stays below 1 KB, which is one unit of writing. */
const MOST_WHY = 280;

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** As short as can be: many read it every second. */
export const writeTelling = ({ load, opinion, round }: Telling): string =>
  JSON.stringify({
    v: VERSION,
    round,
    ...(load && { load: { ...load, need: rounded(load.need, 3), lagSeconds: rounded(load.lagSeconds, 1) } }),
    ...(opinion && {
      says: {
        ...opinion,
        upMs: Math.round(opinion.upMs),
        downMs: Math.round(opinion.downMs),
        sinceMs: Math.round(opinion.sinceMs),
        keepMs: Math.round(opinion.keepMs),
        why: opinion.why.slice(0, MOST_WHY),
      },
    }),
  });

/** Undefined: there is nothing, or it is of another version and says nothing to us. */
export const readTelling = (text: string | undefined): Telling | undefined => {
  if (text === undefined) return undefined;
  try {
    const told: unknown = JSON.parse(text);
    if (!isObject(told) || told.v !== VERSION) return undefined;
    return {
      load: isObject(told.load) ? readLoad(told.load) : undefined,
      opinion: isObject(told.says) ? readOpinion(told.says) : undefined,
      round: amountIn(told, 'round'),
    };
  } catch {
    return undefined;
  }
};

const amountIn = (fields: Fields, name: string, least = 0): number => {
  const value = fields[name];
  if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value;
  throw new WrongField(`${name} is no number from ${least} on`);
};

const readLoad = (fields: Fields): Load => {
  const limit = LIMITS.find((one) => one === fields.limit);
  if (!limit) throw new WrongField('limit is none that we know');
  return {
    need: amountIn(fields, 'need'),
    lagSeconds: amountIn(fields, 'lagSeconds'),
    limit,
    about: textIn(fields, 'about'),
    shards: amountIn(fields, 'shards'),
  };
};

const readOpinion = (fields: Fields): Opinion => ({
  desired: Math.round(amountIn(fields, 'desired', 1)),
  upMs: amountIn(fields, 'upMs'),
  upTo: Math.round(amountIn(fields, 'upTo', 1)),
  downMs: amountIn(fields, 'downMs'),
  downTo: Math.round(amountIn(fields, 'downTo', 1)),
  sinceMs: amountIn(fields, 'sinceMs'),
  keep: Math.round(amountIn(fields, 'keep', 1)),
  keepMs: amountIn(fields, 'keepMs'),
  why: textIn(fields, 'why'),
});
