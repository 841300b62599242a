import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle, LetterPlace } from './place.ts';
import { unpacked } from './unpacked.ts';

const PIECE_BYTES = 262_144;

/** Files of a folder and of those in it, in the order of their names; throws what the file system throws. */
async function* filesIn(dir: string): AsyncIterable<string> {
  const entries = await readdir(dir, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile()) yield path;
  }
}

/** What a Firehose stream has delivered, copied into a folder; the files' own times may be those of the copying. */
export const deliveredFolder = (dir: string): Pick<LetterPlace, 'list' | 'read' | 'close'> => ({
  async *list({ sinceMs }): AsyncIterable<Bundle> {
    for await (const name of filesIn(dir)) {
      const { size, mtimeMs } = await stat(name);
      if (size > 0 && mtimeMs >= sinceMs) yield { name, bytes: size };
    }
  },
  read: ({ name }) => unpacked(createReadStream(name, { highWaterMark: PIECE_BYTES })),
  close() {},
});
