import { env, stderr } from 'node:process';
import { localMachine, type Machine } from '../../src/local/machine.ts';

/** This machine, for parts that tests start; what they tell goes to stderr, beside vitest's own report. */
export const testMachine = (): Machine => localMachine(env, (line) => stderr.write(`${line}\n`));
