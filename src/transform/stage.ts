import { types } from 'node:util';
import { Script } from 'node:vm';
import type { Clock } from '../core/clock.ts';
import type { Message, Transform, Transformed } from '../core/message.ts';
import { checkResult, poisonOf } from './check.ts';

export interface StageOptions {
  readonly transform: Transform;
  /** How long one message may take, milliseconds; what takes longer is a dead letter. */
  readonly limitMs: number;
  /** After how long a run leaves the rest for the next one, so that the event loop can breathe, milliseconds. */
  readonly sliceMs: number;
  readonly maxDocuments: number;
  readonly clock: Clock;
}

export interface TransformStage {
  /**
   * Transforms messages from `start` on and returns the results of the first of them. None: one message took too
   * long; call again once the event loop has breathed, it gets a second chance before it becomes a dead letter.
   */
  run(messages: readonly Message[], start: number): readonly Transformed[];
}

/** Under this key the loop stands in the global scope for the moment of its run: a script sees nothing else. */
const KEY = Symbol.for('shardline.transform.slice');

/** A promise that was returned by mistake may reject later; with nobody listening, that would end the process. */
const quieten = (result: unknown): void => {
  // Not for…of: a list of nothing but four billion holes would keep it busy.
  for (const each of Array.isArray(result) ? Object.values(result) : [result]) {
    if (types.isPromise(each)) Promise.prototype.then.call(each, undefined, () => {});
  }
};

const isTimeout = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/** One run over messages: where it stands, and what came of those before. */
interface Run {
  readonly messages: readonly Message[];
  readonly start: number;
  readonly untilMs: number;
  readonly results: Transformed[];
  at: number;
}

const NO_RUN: Run = { messages: [], start: 0, untilMs: 0, results: [], at: 0 };

/**
 * The transform's loop, under a time limit that interrupts even `for (;;);`: node:vm's time-out ends whatever the
 * script called, also functions from outside it, at any point. So the loop keeps nothing that could be left half done:
 * a result counts only once `at` has passed it.
 */
export const transformStage = ({ transform, limitMs, sliceMs, maxDocuments, clock }: StageOptions): TransformStage => {
  const script = new Script('globalThis[Symbol.for("shardline.transform.slice")]()', { filename: 'transform-slice' });
  const scope = globalThis as unknown as Record<symbol, unknown>;
  /** Messages caught once. Weak, and one for all shards: others' runs in between must not make it forget. */
  const suspects = new WeakSet<Message>();
  const bounds = { maxDocuments, indices: new Set(transform.indices) };
  // One loop for all runs, and nothing of a run kept after it: V8's call caches hold on to the function that was called
  // last, and young objects that it leads to live on, a whole slice of messages at each collection.
  let current = NO_RUN;
  const loop = (): void => {
    const run = current;
    const { messages, start, results } = run;
    for (let message = messages[run.at]; message; message = messages[run.at]) {
      results[run.at - start] = one(message);
      run.at += 1;
      if (clock.now() >= run.untilMs) return;
    }
  };

  const one = (message: Message): Transformed => {
    const { subSequenceNumber } = message.at;
    let serializing = false;
    try {
      const result: unknown = transform.apply(message);
      serializing = true;
      const transformed = checkResult(result, bounds, subSequenceNumber);
      if ('poison' in transformed) quieten(result);
      return transformed;
    } catch (thrown) {
      return poisonOf(thrown, serializing, subSequenceNumber);
    }
  };

  /** What was running when the limit fired may be innocent (a slow run before it, a frozen process): once is forgiven. */
  const judge = (culprit: Message | undefined, wasFirst: boolean): Transformed | undefined => {
    if (!culprit || !wasFirst) return undefined;
    if (!suspects.has(culprit)) {
      suspects.add(culprit);
      return undefined;
    }
    const detail = `the transform did not return within ${Math.round(limitMs)} ms`;
    return { poison: { reason: 'transform-timeout', detail, subSequenceNumber: culprit.at.subSequenceNumber } };
  };

  return {
    run(messages, start) {
      const run: Run = { messages, start, untilMs: clock.now() + sliceMs, results: [], at: start };
      current = run;
      scope[KEY] = loop;
      try {
        script.runInThisContext({ timeout: Math.max(1, Math.ceil(limitMs)) });
        return run.results;
      } catch (thrown) {
        if (!isTimeout(thrown)) throw thrown;
        const timedOut = judge(messages[run.at], run.at === start);
        return [...run.results.slice(0, run.at - start), ...(timedOut ? [timedOut] : [])];
      } finally {
        current = NO_RUN;
        delete scope[KEY];
      }
    },
  };
};
