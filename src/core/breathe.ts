const waiting: (() => void)[] = [];

const letOneGo = (): void => {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(letOneGo);
};

/**
 * Lets timers and sockets have their turn between two slices of work. Only one slice goes on in each turn of the event
 * loop: many shards at once hold it up no longer than one does.
 */
export const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(letOneGo);
  });
