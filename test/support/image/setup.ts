import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { missing } from '../../../src/local/install-once.ts';
import { tail } from '../../../src/local/server.ts';
import type { Image } from './container.ts';
import { enclose } from './enclosure.ts';
import { imageTree } from './tree.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The image, made once for the whole run. */
    image: Image;
  }
}

/** Tries what all tests here need; the error says what stands in the way. */
const tryEnclosure = async (scratch: string): Promise<void> => {
  const logFile = join(scratch, 'try.log');
  const trial = {
    mounts: [],
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    folder: '/',
    command: ['node', '-v'],
  };
  const ending = await enclose({ ...trial, user: '65532:65532', scratch, logFile }).child.ended;
  if (ending === 'exit code 0') return;
  throw missing(
    `what the image holds cannot be run here as a container would be (${ending}):\n${tail(logFile, 5)}\nIt takes root, or a user who may make namespaces (Ubuntu 24.04: sysctl kernel.apparmor_restrict_unprivileged_userns=0).`,
  );
};

/** Makes the image's content; tests read where it is with vitest's `inject`. */
export const setup = async (project: TestProject): Promise<() => void> => {
  const folder = mkdtempSync(join(tmpdir(), 'shardline-image-'));
  await tryEnclosure(folder);
  project.provide('image', { folder, content: (await imageTree(folder)).path });
  return () => rmSync(folder, { recursive: true, force: true });
};
