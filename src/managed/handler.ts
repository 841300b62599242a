import { documentStages } from '../app/stages.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/tree.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { ShardlineError } from '../core/errors.ts';
import type { Transform } from '../core/message.ts';
import { bundledTransform } from '../transform/load.ts';
import { openAnswer } from './answer.ts';
import { type FirehoseRecord, readEvent } from './event.ts';
import { failureLine } from './failure-line.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { type ManagedStages, walkRecords } from './walk.ts';

export interface HandlerParts {
  /** Where the configuration comes from: the function's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a module of the user's own exports by default; left out: the built-in transform that the configuration names. */
  readonly transform?: unknown;
  readonly clock?: Clock | undefined;
  /** Takes lines of the log, with their ends; left out: stdout. */
  readonly write?: ((line: string) => void) | undefined;
}

/** The part of Lambda's context that is used. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** What Firehose is told of one record. */
export interface AnsweredRecord {
  readonly recordId: string;
  readonly result: Outcome['result'];
  readonly data?: string;
}

export type FirehoseHandler = (event: unknown, context?: LambdaContext) => Promise<{ records: AnsweredRecord[] }>;

/** The last of an invocation is for its answer: so much, and a message that takes as long as one may. */
const ANSWERING_MS = 2_000;
const ANSWERING_SHARE = 0.25;

const configOf = (env: HandlerParts['env'], write: (line: string) => void, clock: Clock): Config => {
  const { config, warnings } = loadConfig({ env, cwd: '.', needs: [] });
  if (config.indexWindow.outside.index !== undefined)
    throw new ShardlineError(
      'SHARDLINE_CONFIG_INVALID',
      'index_window.outside: Firehose delivers into one index only; expected dead-letter',
    );
  for (const msg of warnings) write(`${JSON.stringify({ level: 'warn', time: clock.wall().toISOString(), msg })}\n`);
  return config;
};

/** A page's stages name their stream, and a function serves one: the last one is kept. */
const stagesFor = (config: Config, transform: Transform, clock: Clock): ((stream: string) => ManagedStages) => {
  let last: ManagedStages | undefined;
  return (stream) => {
    if (last?.stream !== stream) last = { ...documentStages({ config, transform, stream, clock }), stream, clock };
    return last;
  };
};

/** Aborts when what is left of the invocation is needed for its answer. */
const watchTime = (context: LambdaContext | undefined, messageMs: number, clock: Clock) => {
  const late = new AbortController();
  const over = new AbortController();
  const leftMs = context?.getRemainingTimeInMillis();
  if (leftMs !== undefined) {
    const answeringMs = Math.min(ANSWERING_MS + messageMs, leftMs * ANSWERING_SHARE);
    void clock.sleep(leftMs - answeringMs, over.signal).then(() => late.abort());
  }
  return { late: late.signal, over: () => over.abort() };
};

const answered = (recordId: string, outcome: Outcome): AnsweredRecord =>
  outcome.result === 'Ok' ? { recordId, result: 'Ok', data: outcome.data } : { recordId, result: outcome.result };

/**
 * The handler of a Lambda function that transforms the records of a Firehose stream: the service's own decode,
 * transform and prepare, and one answer for each record. Throws, so that the function does not start, for a wrong
 * configuration or transform; the handler rejects with SHARDLINE_EVENT_UNREADABLE. See docs/managed.md.
 */
export const firehoseHandler = (parts: HandlerParts): FirehoseHandler => {
  const { env, clock = systemClock, write = (line: string) => void process.stdout.write(line) } = parts;
  const config = configOf(env, write, clock);
  const transform = bundledTransform(config.transform, parts.transform, config.transformOptions);
  const stagesOf = stagesFor(config, transform, clock);
  return async (event, context) => {
    const { stream, records } = readEvent(event);
    const answer = openAnswer(records.map(({ recordId }) => recordId));
    const readable = records.filter((record): record is FirehoseRecord => 'data' in record);
    const time = watchTime(context, config.leases.failoverMs / 4, clock);
    await walkRecords(stagesOf(stream), readable, answer, time.late).finally(time.over);
    const lines: string[] = [];
    const outcomes = records.map((record): AnsweredRecord => {
      const outcome = 'unreadable' in record ? unreadable(record.unreadable) : outcomeOf(answer.of(record));
      if (outcome.result === 'ProcessingFailed') {
        const { application } = config;
        lines.push(failureLine(record, outcome.failure, { application, stream, time: clock.wall() }));
      }
      return answered(record.recordId, outcome);
    });
    if (lines.length > 0) write(lines.join(''));
    return { records: outcomes };
  };
};

const unreadable = (message: string): Outcome => ({
  result: 'ProcessingFailed',
  failure: { reason: 'event-unreadable', message, subSequenceNumber: 0, ordinal: 0 },
});
