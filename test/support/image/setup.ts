import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Image } from './container.ts';
import { imageTree } from './tree.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The image, made once for the whole run. */
    image: Image;
  }
}

/** Makes the image's content; tests read where it is with vitest's `inject`. */
export const setup = async (project: TestProject): Promise<() => void> => {
  const folder = mkdtempSync(join(tmpdir(), 'shardline-image-'));
  project.provide('image', { folder, content: (await imageTree(folder)).path });
  return () => rmSync(folder, { recursive: true, force: true });
};
