/** Lets timers and sockets have their turn between two slices of work. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
