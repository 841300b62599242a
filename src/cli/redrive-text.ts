import type { RedriveResult } from '../app/redrive.ts';
import type { Trial } from '../app/try-letter.ts';
import type { TrialResult } from '../app/try-letters.ts';

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const others = ({
  copies,
  foreign,
  unreadable,
}: Pick<RedriveResult, 'copies' | 'foreign' | 'unreadable'>): string[] => [
  ...(copies > 0 ? [`${counted(copies, 'further copy', 'further copies')} of them`] : []),
  ...(foreign > 0 ? [`${counted(foreign, 'letter', 'letters')} of other applications or streams left alone`] : []),
  ...(unreadable > 0 ? [`${unreadable} left that cannot be read`] : []),
];

const documentsOf = ({ indexed, duplicate, stale, dropped }: RedriveResult['documents']): string => {
  const rest = [...(stale > 0 ? [`${stale} stale`] : []), ...(dropped > 0 ? [`${dropped} dropped by a pipeline`] : [])];
  return [`${indexed} documents indexed`, `${duplicate} were there`, ...rest].join(', ');
};

/** What became of the letters, for a person. */
export const summary = (result: RedriveResult): string => {
  const { selected, delivered, failed, reasons, documents } = result;
  const again = Object.entries(reasons).map(([reason, count]) => `${count} ${reason}`);
  const first = `${counted(selected, 'letter', 'letters')}: ${delivered} delivered (${documentsOf(documents)}), ${failed} failed again`;
  const open = selected - delivered - failed;
  return [
    again.length > 0 ? `${first} (${again.join(', ')})` : first,
    ...(open > 0 ? [`${counted(open, 'letter', 'letters')} left that were under way`] : []),
    ...others(result),
  ].join('\n');
};

/** So many letters are shown with what would change of them. */
const SHOWN = 20;

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
};

/** What the letters of each reason would become, and the first documents that would change. */
export const trialTeller = () => {
  const tally = new Map<string, number>();
  let shown = 0;
  const outcomeOf = ({ documents, dead_letters }: Trial): string => {
    const reasons = [...new Set(dead_letters.map(({ reason }) => reason))].sort();
    if (reasons.length > 0) return `letters again: ${reasons.join(', ')}`;
    return documents.length > 0 ? 'documents' : 'nothing: left out by the transform';
  };
  return {
    line(trial: Trial): string | undefined {
      const row = `${trial.reason} → ${outcomeOf(trial)}`;
      tally.set(row, (tally.get(row) ?? 0) + 1);
      const { changes = [] } = trial;
      if (changes.length === 0 || shown >= SHOWN) return undefined;
      shown += 1;
      const rows = changes.map(({ path, before, after }) => `  ${path}: ${show(before)} → ${show(after)}`);
      return [trial.letter_id, ...rows].join('\n');
    },
    summary(result: TrialResult): string {
      const rows = [...tally].sort().map(([row, count]) => `${String(count).padStart(9)}  ${row}`);
      const first = `${counted(result.selected, 'letter', 'letters')} looked at, nothing changed; OpenSearch was not asked`;
      const queued =
        result.queued > 0 ? [`about ${result.queued} in the queue not looked at: that would change it`] : [];
      return [first, ...rows, ...queued, ...others(result)].join('\n');
    },
  };
};
