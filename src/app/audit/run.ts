import { Audit, type Settling } from '../../audit/audit.ts';
import type { IsPassed } from '../../audit/compare-letters.ts';
import { MissingRecords } from '../../audit/missing-records.ts';
import type { Config } from '../../config/tree.ts';
import { describe, ShardlineError } from '../../core/errors.ts';
import { indexNamesBetween } from '../../sink/index-pattern.ts';
import { openSearchClient } from '../../sink/opensearch/client.ts';
import { streamName } from '../../source/kinesis/stream.ts';
import { loadTransform } from '../../transform/load.ts';
import { openSearchOptions } from '../opensearch.ts';
import { archiveSide } from './archive.ts';
import { type IndexSide, indexSide } from './indices.ts';
import type { AuditOptions, AuditReport, AuditShell } from './job.ts';
import { openLeases } from './leases.ts';
import { type LetterSide, letterSide } from './letters.ts';
import type { RecordSide } from './record-side.ts';
import { collectMissing, type Repaired, repairMissing } from './repair.ts';
import { streamSide } from './stream.ts';
import { openTakeDown, type Sides } from './take-down.ts';

type Note = (note: string) => unknown;

/** So many records are put back at the most: their sequence numbers are kept in memory. More than that calls for a replay. */
const MOST_REPAIRED = 200_000;

const TELL_EVERY = 1_000;

/** What an audit works with. */
interface AuditParts {
  readonly config: Config;
  readonly options: AuditOptions;
  readonly letters: LetterSide;
  readonly shell: AuditShell;
  readonly side: RecordSide;
  readonly note: Note;
}

/** Takes the records down; returns the indices that may hold documents of the range. */
const takeRecords = async (parts: AuditParts, audit: Audit): Promise<readonly string[]> => {
  const { config, options, shell, side } = parts;
  const { range, contents } = options;
  const { clock, signal } = shell;
  const transform = await loadTransform(config.transform, config.transformOptions, shell.cwd);
  const touched = new Set(indexNamesBetween(config.index, range.fromMs, range.toMs));
  let records = 0;
  const tell = () => shell.onProgress(side.doing(), records);
  const sides: Sides = {
    record(where) {
      records += 1;
      audit.record(where);
      if (records % TELL_EVERY === 0) tell();
    },
    unreadable: (unreadable) => audit.unreadable(unreadable),
    expect(document) {
      touched.add(document.index);
      audit.expect(document);
    },
  };
  const stream = streamName(config.stream);
  await side.read(() => openTakeDown({ config, stream, transform, contents, clock, signal }, sides), tell);
  return [...touched];
};

/** Takes both sides and the letters down, and returns how far the service had come before the indices were read. */
const takeDown = async (parts: AuditParts, audit: Audit, indices: IndexSide): Promise<IsPassed> => {
  const { config, options, shell, letters, side, note } = parts;
  const { clock, signal, onProgress } = shell;
  // Reading the records may take hours: what could not be compared afterwards should be told before.
  await indices.check();
  await letters.check();
  onProgress(side.doing(), 0);
  const touched = await takeRecords(parts, audit);
  const shards = await side.shards();
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
  for await (const letter of letters.read()) audit.letter(letter);
  return leases.isPassed;
};

const openSide = ({ config, options, shell, note }: Omit<AuditParts, 'letters' | 'side'>): RecordSide => {
  const { archive, range, readsPerSecond } = options;
  if (!archive) return streamSide({ ...shell, config, range, readsPerSecond, note });
  return archiveSide({
    ...shell,
    places: archive,
    application: config.application,
    stream: streamName(config.stream),
    range,
    note,
  });
};

/** The audit itself: tells of what is wrong, takes down what is missing, and returns how much could not be read. */
const compare = async (parts: AuditParts, audit: Audit, missing: MissingRecords): Promise<number | undefined> => {
  const { config, options, shell, side } = parts;
  const { clock, random, log, signal, onProgress } = shell;
  const client = openSearchClient(openSearchOptions({ config, clock, log }));
  try {
    const { otherStreams, contents } = options;
    await side.check();
    const onTrouble = (why: string) => log.warn({ why }, 'waiting for OpenSearch');
    const indices = indexSide({ config, client, otherStreams, contents, onTrouble, clock, random, signal });
    const isPassed = await takeDown(parts, audit, indices);
    const unread = side.conclude();
    onProgress('comparing', 0);
    const lookUp: Settling['lookUp'] = (documents) => indices.lookUp(documents);
    const onFinding: Settling['onFinding'] = async (finding, wrong) => {
      collectMissing(missing, wrong);
      await shell.onFinding(finding);
    };
    await audit.settle({ lookUp, isPassed, onFinding, signal });
    return unread;
  } finally {
    await client.close();
  }
};

const putBack = async (parts: AuditParts, missing: MissingRecords): Promise<Repaired | undefined> => {
  const { config, options, shell, side } = parts;
  if (!options.repair || shell.signal.aborted) return undefined;
  return repairMissing({ ...options.repair, ...shell, config, side }, missing);
};

const reportOf = ({ config, options }: AuditParts, audit: Audit): Omit<AuditReport, 'unread' | 'repair' | 'notes'> => {
  const absent = [...audit.absentIndices].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    stream: streamName(config.stream),
    from: new Date(options.range.fromMs).toISOString(),
    to: new Date(options.range.toMs).toISOString(),
    totals: audit.tally.totals(),
    rows: audit.tally.rows(),
    absent_indices: absent.map(([index, missing]) => ({ index, missing })),
  };
};

/** An audit whose temporary file is there; without one, such as on a read-only root, there is none. */
const openAudit = ({ config, shell: { folder }, side }: AuditParts): Audit => {
  try {
    return new Audit({ stream: streamName(config.stream), folder, copies: side.copies });
  } catch (cause) {
    side.close();
    const message = `the audit's temporary file cannot be made in ${folder}: ${describe(cause)}; make that folder writable, or name another by TMPDIR`;
    throw new ShardlineError('SHARDLINE_AUDIT_FAILED', message, { cause });
  }
};

/**
 * Compares what arrived on the stream within a range, as the stream or an archive has it, with the indices and dead letters, and tells of everything that is
 * missing, different or unexpected. Nothing is changed, but that a repair delivers what is missing. Undefined when it was
 * stopped. Throws SHARDLINE_USAGE for a range that cannot be audited, SHARDLINE_AUDIT_FAILED when one side cannot be read.
 */
export const runAudit = async (
  config: Config,
  { options, shell }: { readonly options: AuditOptions; readonly shell: AuditShell },
): Promise<AuditReport | undefined> => {
  const { range, letters: places } = options;
  const { clock, random, signal, log } = shell;
  const onTrouble = (why: string) => log.warn({ why }, 'dead letters');
  const notes: string[] = [];
  const onUnreadable = (lines: number, last: string) =>
    notes.push(
      `lines among the dead letters that cannot be read, and count for no record: ${lines} (the last: ${last})`,
    );
  const letters = letterSide({ config, places, range, onTrouble, onUnreadable, clock, random, signal });
  const note: Note = (text) => notes.push(text);
  const side = openSide({ config, options, shell, note });
  const parts = { config, options, shell, letters, side, note };
  const audit = openAudit(parts);
  const missing = new MissingRecords(MOST_REPAIRED);
  try {
    const unread = await compare(parts, audit, missing);
    const repair = await putBack(parts, missing);
    return signal.aborted ? undefined : { ...reportOf(parts, audit), unread, repair, notes };
  } catch (thrown) {
    if (signal.aborted) return undefined;
    if (thrown instanceof ShardlineError) throw thrown;
    const message = `the audit cannot go on: ${describe(thrown)}; nothing is concluded`;
    throw new ShardlineError('SHARDLINE_AUDIT_FAILED', message, { cause: thrown });
  } finally {
    side.close();
    audit.close();
  }
};
