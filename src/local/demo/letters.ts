import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Dead letters found in the files below a folder, by reason; one written twice counts once. */
export const lettersIn = (folder: string): Readonly<Record<string, number>> => {
  const seen = new Set<string>();
  const reasons: Record<string, number> = {};
  if (!existsSync(folder)) return reasons;
  for (const name of readdirSync(folder).sort()) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      if (line === '') continue;
      const { letter_id: id, reason }: { letter_id: string; reason: string } = JSON.parse(line);
      if (seen.has(id)) continue;
      seen.add(id);
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
  }
  return reasons;
};
