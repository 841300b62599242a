import process, { env } from 'node:process';
import { setFlagsFromString } from 'node:v8';

/**
 * Mebibytes of one half of V8's young generation. By default it may take 32, three times over; a worker at full speed
 * then keeps about 100 MiB of garbage in memory, and is no faster for it.
 */
const MEBIBYTES = 16;

/** The argument for a worker's Node that bounds its young generation; none where somebody has set it already. */
export const youngGeneration = (execArgv, nodeOptions = '') =>
  [...execArgv, nodeOptions].some((each) => each.includes('semi-space-size'))
    ? []
    : [`--max-semi-space-size=${MEBIBYTES}`];

/**
 * Starts this same process anew with more arguments for Node: V8 takes them at its start only. The process keeps its
 * id, its terminal and its parent. Does nothing without arguments, or where Node cannot do it.
 */
export const startAnew = (nodeArgs) => {
  if (nodeArgs.length === 0 || !process.execve || process.platform === 'win32') return;
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...nodeArgs, ...process.argv.slice(1)], env);
};

/**
 * Lets V8 collect the old generation when it has doubled; by default it may grow to four times what is live. A worker at
 * full speed is some 80 MiB smaller for it, and needs a tenth to a fifth more processor time.
 */
export const collectSooner = () => setFlagsFromString('--heap-growing-percent=100');
