import { performance } from 'node:perf_hooks';

/** How long this process's event loop has been busy since it began, milliseconds: all but its waiting for events. */
export const eventLoopActiveMs = (): number => performance.eventLoopUtilization().active;
