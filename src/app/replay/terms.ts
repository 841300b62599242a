import { createHash } from 'node:crypto';
import { isIndexPattern } from '../../config/index-pattern.ts';
import { parseStart } from '../../config/start.ts';
import type { Config } from '../../config/tree.ts';
import { ShardlineError } from '../../core/errors.ts';
import { isIndexName } from '../../core/index-name.ts';
import type { TimeRange } from '../../core/time-range.ts';
import { indexNamer, namesOf } from '../../sink/index-pattern.ts';
import { startOf } from '../../source/kinesis/range.ts';

/** What a person asks for, as typed. */
export interface Asked {
  readonly from: string;
  readonly to: string;
  readonly into?: string | undefined;
  readonly sameIndices?: boolean | undefined;
  readonly name?: string | undefined;
  readonly alias?: string | undefined;
}

/** What is replayed into what. */
export interface Terms {
  /** The replay's own application name: of its lease table, its index template and its dead letters. */
  readonly application: string;
  readonly range: TimeRange;
  /** Whether it writes into indices of its own. */
  readonly apart: boolean;
  readonly alias: string | undefined;
  /** The live configuration with the replay's own names. */
  readonly config: Config;
}

const MOST_TABLE_NAME = 255;

const usage = (message: string): ShardlineError => new ShardlineError('SHARDLINE_USAGE', message);

const instant = (option: string, text: string): number => {
  const start = parseStart(text);
  if (start?.at === 'AT_TIMESTAMP') return start.timestampMs;
  throw usage(`${option} ${text}: expected an ISO-8601 time with its zone such as 2026-01-02T03:04:05Z`);
};

const rangeOf = ({ from, to }: Asked, nowMs: number): TimeRange => {
  const range = { fromMs: instant('--from', from), toMs: instant('--to', to) };
  if (range.toMs <= range.fromMs) throw usage(`--to ${to} is not after --from ${from}`);
  if (range.toMs > nowMs) throw usage(`--to ${to} lies in the future; a replay ends at the latest now`);
  return range;
};

/** Whether the two patterns can name one index: then either covers a name of the other. */
const canMeet = (a: string, b: string, sampleMs: number): boolean =>
  namesOf(a)(indexNamer(b)(sampleMs)) || namesOf(b)(indexNamer(a)(sampleMs));

/** Checks where documents go; returns the pattern. */
const indexOf = ({ into, sameIndices, alias }: Asked, { index, indexWindow }: Config, sampleMs: number): string => {
  if (into === undefined) {
    if (!sameIndices)
      throw usage(
        'say where to: --into PATTERN for indices of its own, or --same-indices to fill the gaps of the live ones, ' +
          'where a document that is there already stays as it is, and one that differs becomes a dead letter (id-conflict)',
      );
    if (alias !== undefined) throw usage('--alias is of no use with --same-indices; give --into PATTERN');
    return index;
  }
  if (sameIndices) throw usage('--into and --same-indices exclude each other');
  if (!isIndexPattern(into))
    throw usage(`--into ${into}: expected a lower-case index name with at most one date group of yyyy MM dd HH`);
  const live = [index, indexWindow.outside.index].find((each) => each !== undefined && canMeet(each, into, sampleMs));
  if (live !== undefined)
    throw usage(`--into ${into} names indices of the live pattern ${live}; choose others, or say --same-indices`);
  if (alias !== undefined && (!isIndexName(alias) || namesOf(into)(alias)))
    throw usage(`--alias ${alias}: expected a lower-case name, and none that --into makes`);
  return into;
};

/** The index of the replay's events outside the window, where the live application has one: never the live one. */
const outsideOf = (into: string): string =>
  into.includes('{') ? into.replace(/\{[^}]*\}/, 'outside') : `${into}-outside`;

/** The same command has the same name on every machine, so that several share its work and the next run goes on. */
const nameOf = (asked: Asked, config: Config, range: TimeRange, index: string): string => {
  const { stream, transform, transformOptions } = config;
  const terms = JSON.stringify([stream, range.fromMs, range.toMs, index, transform, transformOptions]);
  return asked.name ?? createHash('sha256').update(terms).digest('hex').slice(0, 8);
};

/** Reads what a person asks for; throws SHARDLINE_USAGE for what cannot be meant. */
export const termsOf = (asked: Asked, config: Config, nowMs: number): Terms => {
  const range = rangeOf(asked, nowMs);
  const index = indexOf(asked, config, range.fromMs);
  const name = nameOf(asked, config, range, index);
  if (!/^[a-zA-Z0-9_.-]+$/.test(name)) throw usage(`--name ${name}: expected letters, digits, _ . -`);
  const application = `${config.application}-replay-${name}`;
  if (application.length > MOST_TABLE_NAME)
    throw usage(`the lease table would be named ${application}; DynamoDB takes ${MOST_TABLE_NAME} characters`);
  const apart = asked.into !== undefined;
  const { outside } = config.indexWindow;
  const indexWindow =
    apart && outside.index !== undefined
      ? { ...config.indexWindow, outside: { index: outsideOf(index) } }
      : config.indexWindow;
  return {
    application,
    range,
    apart,
    alias: asked.alias,
    // Its records are archived already.
    config: { ...config, application, index, indexWindow, start: startOf(range), archive: { to: undefined } },
  };
};
