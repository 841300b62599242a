import { isIndexName } from '../core/index-name.ts';

const GROUP = /\{([^{}]*)\}/g;
const PARTS = ['yyyy', 'MM', 'dd', 'HH'] as const;
const SAMPLE = { yyyy: '2026', MM: '01', dd: '02', HH: '03' } as const;
const GROUP_FORM = /^(?:yyyy|MM|dd|HH)(?:[._-]?(?:yyyy|MM|dd|HH))*$/;

/** A date group names each part once and no part without the larger ones: `{MM.dd}` would mix the years. */
const isDateGroup = (group: string): boolean => {
  if (!GROUP_FORM.test(group)) return false;
  const counts = PARTS.map((part) => group.split(part).length - 1);
  return counts.every((count, i) => count <= 1 && (count === 0 || counts.slice(0, i).every((larger) => larger === 1)));
};

/** Whether a pattern has at most one date group and always makes a valid index name with some fixed text in it. */
export const isIndexPattern = (pattern: string): boolean => {
  const groups = [...pattern.matchAll(GROUP)].map(([, group = '']) => group);
  if (groups.length > 1 || !groups.every(isDateGroup)) return false;
  const fixed = pattern.replace(GROUP, '');
  const sample = pattern.replace(GROUP, (_, group: string) =>
    PARTS.reduce((name, part) => name.replace(part, SAMPLE[part]), group),
  );
  return /[\p{L}\p{N}]/u.test(fixed) && isIndexName(sample);
};
