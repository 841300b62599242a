import type { Random } from './clock.ts';

export interface BackoffPolicy {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Full-jitter exponential backoff in milliseconds: uniform in (half, whole] of `firstMs * 2^attempt`, capped at `maxMs`.
 * The lower half is kept so that a throttled service always gets a pause. `attempt` counts from 0.
 */
export const backoffMs = (attempt: number, policy: BackoffPolicy, random: Random): number => {
  const ceiling = Math.min(policy.maxMs, policy.firstMs * 2 ** Math.min(attempt, 30));
  return ceiling / 2 + (ceiling / 2) * random();
};
