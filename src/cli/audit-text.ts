import type { AuditReport } from '../app/audit/job.ts';
import type { Finding } from '../audit/finding.ts';
import { COUNTS } from '../audit/tally.ts';

const HEADS = COUNTS.map((name) => name.replace('_', ' '));

/** Ids may hold anything: as JSON they stay on their line. */
const quoted = (text: string): string => (/^[\x21-\x7e]+$/.test(text) ? text : JSON.stringify(text));

const placeOf = ({ shard, sequence_number, sub_sequence_number, ordinal, arrived_at }: Finding): string => {
  if (shard === undefined) return '';
  const within = sub_sequence_number || ordinal ? ` message ${sub_sequence_number} document ${ordinal}` : '';
  return ` (${quoted(shard)} ${quoted(sequence_number ?? '?')}${within}, arrived ${arrived_at ?? '?'})`;
};

/** One finding on one line. */
export const findingLine = (finding: Finding): string => {
  const { verdict, index, id, stored, why } = finding;
  const document = index === undefined || id === undefined ? 'a record' : `${index} ${quoted(id)}`;
  const instead =
    stored && (stored.index !== index || stored.id !== id) ? `, ${stored.index} ${quoted(stored.id)}` : '';
  return `${verdict.padEnd(10)}  ${document}${placeOf(finding)}${instead}: ${why}`;
};

/** Columns of text, the first ones to the left, numbers to the right. */
const table = (rows: readonly (readonly string[])[], left: number): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column < left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
};

/** How many findings are missing after all: of those that were put back, none. */
const missingOf = ({ totals, absent_indices, repair }: AuditReport): number =>
  repair ? repair.left + absent_indices.reduce((sum, { missing }) => sum + missing, 0) : totals.missing;

const wrongIn = (report: AuditReport): readonly (readonly [string, number])[] => {
  const { different, unexpected } = report.totals;
  const { unread = 0 } = report;
  return Object.entries({ missing: missingOf(report), different, unexpected, unread }).filter(([, count]) => count > 0);
};

/** Whether nothing is wrong, or nothing any more. */
export const isAccounted = (report: AuditReport): boolean => wrongIn(report).length === 0;

const repairOf = ({ repair }: AuditReport): readonly string[] => {
  if (!repair) return [];
  const { records, indexed, duplicate, dead_letter } = repair;
  const became = `${indexed} documents indexed, ${duplicate} were there, ${dead_letter} dead letters`;
  return [`put back: ${records} ${records === 1 ? 'record' : 'records'} delivered again: ${became}`];
};

const verdictOf = (report: AuditReport): string => {
  const { totals } = report;
  const wrong = wrongIn(report).map(([name, count]) => `${count} ${name}`);
  if (wrong.length > 0) return wrong.join(', ');
  return totals.pending > 0
    ? `everything is accounted for; ${totals.pending} are yet to come`
    : 'everything is accounted for';
};

/** The counts per shard and day, what limits them, and the verdict. */
export const auditSummary = (report: AuditReport): string => {
  const { stream, from, to, rows, totals, absent_indices, notes } = report;
  const counts = (row: AuditReport['totals']) => COUNTS.map((name) => `${row[name]}`);
  const lines = table(
    [
      ['shard', 'day', ...HEADS],
      ...rows.map((row) => [row.shard, row.day, ...counts(row)]),
      ['all', '', ...counts(totals)],
    ],
    2,
  );
  return [
    `audit of ${stream}, arrived from ${from} until before ${to}`,
    ...lines,
    ...absent_indices.map(
      ({ index, missing }) => `there is no index ${index}: ${missing} of its documents are missing`,
    ),
    ...repairOf(report),
    ...notes.map((note) => `note: ${note}`),
    verdictOf(report),
  ].join('\n');
};
