import { access, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The part of a file handle that letters need; a test hands in one that tears. */
export interface LetterFile {
  write(text: string | Uint8Array): Promise<void>;
  sync(): Promise<void>;
  /** Whether it is still found under its name, which nobody else uses: a redrive takes a file by giving it another one. */
  isThere(): Promise<boolean>;
  close(): Promise<void>;
  /** Closes it and takes it away. */
  discard(): Promise<void>;
}

/** Makes the names in a folder durable. */
export const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

/** Opens a new file for appending and makes its name durable too; fails if it exists. */
export const createFile = async (path: string): Promise<LetterFile> => {
  const file = await open(path, 'ax', 0o640);
  const discard = async () => {
    await file.close().finally(() => rm(path, { force: true }));
  };
  try {
    await syncFolder(join(path, '..'));
  } catch (thrown) {
    await discard().catch(() => undefined);
    throw thrown;
  }
  return {
    write: async (text) => void (await file.appendFile(text)),
    sync: () => file.datasync(),
    isThere: () =>
      access(path).then(
        () => true,
        () => false,
      ),
    close: () => file.close(),
    discard,
  };
};
