import type { BulkTarget } from './target.ts';

/**
 * A target that is sent nothing of a lost lease. `expire` ends what has expired by our own clock: after a pause of the
 * process a request may be next before any timer has run.
 */
export const onlyHeld = (target: BulkTarget, expire: () => void): BulkTarget => ({
  digests: (places, signal) => target.digests(places, signal),
  write: async (deliveries, signal) => {
    expire();
    const held = deliveries.filter(({ lost }) => !lost.aborted);
    if (held.length === deliveries.length) return target.write(deliveries, signal);
    const answer = held.length === 0 ? { items: [] } : await target.write(held, signal);
    if (!('items' in answer)) return answer;
    const verdicts = new Map(held.map((delivery, at) => [delivery, answer.items[at]]));
    return {
      items: deliveries.map(
        (each) => verdicts.get(each) ?? { status: 'retry', why: 'its lease is lost, nothing is sent' },
      ),
    };
  },
});
