import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `fact` returns something truthy and hands it back; fails with the last error or value after `timeoutMs`. */
export const until = async <T>(
  fact: () => T | Promise<T>,
  timeoutMs = 10_000,
  everyMs = 20,
): Promise<NonNullable<T>> => {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await fact();
      if (value) return value;
      last = value;
    } catch (thrown) {
      last = thrown;
    }
    if (performance.now() > deadline)
      throw new Error(`not true within ${timeoutMs} ms; last: ${String(last)}`, { cause: last });
    await delay(everyMs);
  }
};
