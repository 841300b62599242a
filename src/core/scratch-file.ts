import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A temporary file, taken out of its folder at once, so that no end of the process leaves it behind. Throws what the file
 * system throws, such as ENOSPC.
 */
export class ScratchFile {
  readonly #file: number;

  /** `folder`: where temporary files go. */
  constructor(folder: string) {
    const own = mkdtempSync(join(folder, 'shardline-'));
    try {
      this.#file = openSync(join(own, 'entries'), 'wx+', 0o600);
    } finally {
      rmSync(own, { recursive: true });
    }
  }

  write(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#file, bytes, done, bytes.length - done, at + done);
  }

  /** `bytes` that were written at `at`. */
  read(at: number, bytes: number): Buffer {
    const buffer = Buffer.allocUnsafe(bytes);
    for (let done = 0; done < bytes; ) {
      const read = readSync(this.#file, buffer, done, bytes - done, at + done);
      if (read === 0) throw new Error('a temporary file was cut short');
      done += read;
    }
    return buffer;
  }

  close(): void {
    closeSync(this.#file);
  }
}
