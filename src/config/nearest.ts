/** Edits (insert, drop, change, swap neighbours) that turn one text into the other. */
const distance = (a: string, b: string): number => {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + same,
        swap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
};

const lastPart = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

/** The known name closest to one that is not known; a key moved to another level counts as close. */
export const nearest = (name: string, known: readonly string[]): string => {
  const asked = name.slice(0, 200);
  const score = (each: string): number =>
    Math.min(distance(asked, each), distance(lastPart(asked), lastPart(each)) + 1);
  return known.reduce((best, each) => (score(each) < score(best) ? each : best), known[0] ?? '');
};
