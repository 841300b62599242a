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
 * How glibc keeps what is freed outside V8's heap. By itself it has a pool for each thread, and keeps blocks of up to 32 MiB
 * once some were freed: a worker that passes blocks from thread to thread is some 30 MiB larger. One pool that keeps at
 * most 8 MiB at its end, and blocks of a mebibyte outside it, are enough not to get memory anew for every page.
 */
const MALLOC = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '8388608',
};

/** The variables that a worker's allocator wants; none of those that somebody has set already. */
export const allocation = (variables) =>
  Object.fromEntries(Object.entries(MALLOC).filter(([name]) => variables[name] === undefined));

/**
 * Starts this same process anew with more arguments for Node and variables: V8 and glibc take them at their start only.
 * The process keeps its id, its terminal and its parent. Does nothing without either, or where Node cannot do it.
 */
export const startAnew = (nodeArgs, variables = {}) => {
  if (nodeArgs.length === 0 && Object.keys(variables).length === 0) return;
  if (!process.execve || process.platform === 'win32') return;
  const args = [process.execPath, ...process.execArgv, ...nodeArgs, ...process.argv.slice(1)];
  process.execve(process.execPath, args, { ...env, ...variables });
};

/**
 * Lets V8 collect the old generation when it is three times what is live, not four or more: a worker at full speed is some
 * 30 MiB smaller, and hardly slower.
 */
export const collectSooner = () => setFlagsFromString('--heap-growing-percent=200');
