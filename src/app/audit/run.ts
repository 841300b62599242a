import { Audit, type Settling } from '../../audit/audit.ts';
import type { IsPassed } from '../../audit/compare-letters.ts';
import type { Letter } from '../../audit/entries.ts';
import type { Finding } from '../../audit/finding.ts';
import type { Count, Row } from '../../audit/tally.ts';
import type { Config } from '../../config/tree.ts';
import type { Clock, Random } from '../../core/clock.ts';
import { describe, ShardlineError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { TimeRange } from '../../core/time-range.ts';
import { indexNamesBetween } from '../../sink/index-pattern.ts';
import { openSearchClient } from '../../sink/opensearch/client.ts';
import { kinesisClient } from '../../source/kinesis/client.ts';
import { listShards } from '../../source/kinesis/shards.ts';
import { streamName } from '../../source/kinesis/stream.ts';
import { loadTransform } from '../../transform/load.ts';
import { openSearchOptions } from '../opensearch.ts';
import { type IndexSide, indexSide } from './indices.ts';
import { openLeases } from './leases.ts';
import { lettersOf } from './letters.ts';
import { checkRange } from './range.ts';
import { readStream } from './stream.ts';

export interface AuditOptions {
  readonly range: TimeRange;
  /** Where letters are read; undefined: at `dead_letter.to`. */
  readonly letters: readonly string[] | undefined;
  /** Streams whose documents share the indices, and are not looked at. */
  readonly otherStreams: readonly string[];
  /** How often each shard is read in a second. */
  readonly readsPerSecond: number;
}

/** What an audit gets from the process it runs in. */
export interface AuditShell {
  readonly cwd: string;
  /** For temporary files. */
  readonly folder: string;
  readonly log: Log;
  /** Told often what is done now, for people, and how many records are read. */
  readonly onProgress: (what: string, records: number) => void;
  readonly onFinding: (finding: Finding) => Promise<void>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
}

/** What an audit works with. */
interface AuditParts {
  readonly config: Config;
  readonly options: AuditOptions;
  readonly letters: () => AsyncIterable<Letter>;
  readonly shell: AuditShell;
}

/** What an audit comes to. */
export interface AuditReport {
  readonly stream: string;
  readonly from: string;
  readonly to: string;
  readonly totals: { readonly [K in Count]: number };
  readonly rows: readonly Row[];
  /** Indices that are not there, with how many documents they should hold. */
  readonly absent_indices: readonly { readonly index: string; readonly missing: number }[];
  /** What limits what the audit can say. */
  readonly notes: readonly string[];
}

type Kinesis = ReturnType<typeof kinesisClient>;
type Note = (note: string) => void;

/** Takes the stream's side down; returns the indices that may hold documents of the range. */
const takeStream = async (
  parts: AuditParts,
  audit: Audit,
  kinesis: Kinesis,
  note: Note,
): Promise<readonly string[]> => {
  const { config, options, shell } = parts;
  const { range, readsPerSecond } = options;
  const { clock, random, log, signal } = shell;
  const transform = await loadTransform(config.transform, config.transformOptions, shell.cwd);
  const shards = await listShards(kinesis, config.stream, signal, range);
  const touched = new Set(indexNamesBetween(config.index, range.fromMs, range.toMs));
  const onLost = (shard: string) => note(`shard ${shard}: the stream dropped records before they were read`);
  let records = 0;
  const reading = { kinesis, shards, range, readsPerSecond, onLost, clock, random, log, signal };
  await readStream(
    { config, stream: streamName(config.stream), transform, ...reading },
    {
      record(where) {
        records += 1;
        audit.record(where);
        shell.onProgress('reading the stream', records);
      },
      unreadable: (unreadable) => audit.unreadable(unreadable),
      expect(document) {
        touched.add(document.index);
        audit.expect(document);
      },
    },
  );
  return [...touched];
};

/** Takes both sides and the letters down, and returns how far the service had come before the indices were read. */
const takeDown = async (
  parts: AuditParts,
  audit: Audit,
  { kinesis, indices, note }: { readonly kinesis: Kinesis; readonly indices: IndexSide; readonly note: Note },
): Promise<IsPassed> => {
  const { config, options, shell, letters } = parts;
  const { clock, signal, onProgress } = shell;
  onProgress('reading the stream', 0);
  const touched = await takeStream(parts, audit, kinesis, note);
  const shards = await listShards(kinesis, config.stream, signal);
  // Before the indices and the letters: what a checkpoint has passed was there by then.
  const leases = await openLeases(config, clock, shards, signal);
  if (leases.note !== undefined) note(leases.note);
  onProgress('reading the indices', 0);
  if (!(await indices.refresh()))
    note('the indices could not be refreshed: what was deleted in the last minute may still seem to be there');
  const unnamed = await indices.read(audit, options.range, touched);
  audit.tally.count('unexpected', { shard: undefined, arrivedMs: undefined }, unnamed);
  if (unnamed > 0)
    note(`${unnamed} more documents that do not say where they come from are unexpected; not all are named`);
  onProgress('reading the dead letters', 0);
  for await (const letter of letters()) audit.letter(letter);
  return leases.isPassed;
};

const compare = async (parts: AuditParts, audit: Audit, kinesis: Kinesis, note: Note): Promise<void> => {
  const { config, options, shell } = parts;
  const { clock, random, log, signal, onFinding, onProgress } = shell;
  const client = openSearchClient(openSearchOptions({ config, clock, log }));
  try {
    const { otherStreams, range } = options;
    const retentionMs = await checkRange({ kinesis, stream: config.stream, range, clock, signal });
    const indices = indexSide({ config, client, otherStreams, clock, random, signal });
    const isPassed = await takeDown(parts, audit, { kinesis, indices, note });
    if (clock.wall().getTime() - retentionMs > range.fromMs)
      note('while they were read, the stream dropped records of the range: some documents may seem unexpected');
    onProgress('comparing', 0);
    const lookUp: Settling['lookUp'] = (documents) => indices.lookUp(documents);
    if (!signal.aborted) await audit.settle({ lookUp, isPassed, onFinding });
  } finally {
    await client.close();
  }
};

/**
 * Compares what arrived on the stream within a range with the indices and dead letters, and tells of everything that is
 * missing, different or unexpected; nothing is changed. Undefined when it was stopped. Throws SHARDLINE_USAGE for a range
 * that cannot be audited, SHARDLINE_AUDIT_FAILED when one side cannot be read.
 */
export const runAudit = async (
  config: Config,
  { options, shell }: { readonly options: AuditOptions; readonly shell: AuditShell },
): Promise<AuditReport | undefined> => {
  const { range, letters: places } = options;
  const { clock, random, signal, log } = shell;
  const onTrouble = (why: string) => log.warn({ why }, 'dead letters');
  const letters = lettersOf({ config, places, range, onTrouble, clock, random, signal });
  const parts = { config, options, shell, letters };
  const stream = streamName(config.stream);
  const notes: string[] = [];
  const kinesis = kinesisClient();
  const audit = new Audit({ stream, folder: shell.folder });
  try {
    await compare(parts, audit, kinesis, (note) => notes.push(note));
  } catch (thrown) {
    if (shell.signal.aborted) return undefined;
    if (thrown instanceof ShardlineError) throw thrown;
    const message = `the audit cannot go on: ${describe(thrown)}; nothing is concluded`;
    throw new ShardlineError('SHARDLINE_AUDIT_FAILED', message, { cause: thrown });
  } finally {
    kinesis.destroy();
    audit.close();
  }
  if (shell.signal.aborted) return undefined;
  const absent = [...audit.absentIndices].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    stream,
    from: new Date(range.fromMs).toISOString(),
    to: new Date(range.toMs).toISOString(),
    totals: audit.tally.totals(),
    rows: audit.tally.rows(),
    absent_indices: absent.map(([index, missing]) => ({ index, missing })),
    notes,
  };
};
