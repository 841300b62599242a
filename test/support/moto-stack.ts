import type { TestProject } from 'vitest/node';
import { testMachine } from './machine.ts';
import { startMoto } from './moto.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** moto, as SQS, S3 and Firehose, shared by the whole run: use names of your own. Any credentials do. */
    motoUrl: string;
  }
}

/** Starts moto once for a whole run; tests read its address with vitest's `inject`. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const moto = await startMoto(testMachine());
  project.provide('motoUrl', moto.url);
  return moto.stop;
};
