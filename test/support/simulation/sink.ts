import type { Delivery, Outcome, Ticket } from '../../../src/core/delivery.ts';
import type { DeadLetter } from '../../../src/core/letter.ts';
import { silentLog } from '../../../src/core/log.ts';
import { Letterbox } from '../../../src/dead-letter/letterbox.ts';
import { letterOfDelivery } from '../../../src/pipeline/letters.ts';
import { BulkWriter } from '../../../src/sink/bulk-writer.ts';
import { onlyHeld } from '../../../src/sink/only-held.ts';
import type { BulkTarget } from '../../../src/sink/target.ts';
import { unobserved } from '../unobserved.ts';
import { far, type NetworkOptions } from './network.ts';
import type { World } from './world.ts';

/** A sink that refuses whole requests and single documents, and whose answers get lost. */
const targetOver = (world: World, network: NetworkOptions, beforeSending: () => void): BulkTarget => {
  const { target, random, weather, clock } = world;
  const isDown = () => clock.now() < weather.sinkDownUntilMs;
  const isSick = () => random() * 100 < weather.faults;
  return {
    write: (batch, signal) => {
      beforeSending();
      return far(network, isDown, async () => {
        const roll = isSick() ? random() : 1;
        if (roll < 0.1) return { hold: '401' } as const;
        if (roll < 0.4 && batch.length > 1) return { split: '413', tooLarge: true } as const;
        const taken = batch.filter(() => !isSick());
        const answer = await target.write(taken, signal);
        if (!('items' in answer)) return answer;
        const verdicts = new Map(taken.map((delivery, i) => [delivery, answer.items[i]]));
        return { items: batch.map((each) => verdicts.get(each) ?? ({ status: 'retry', why: '429' } as const)) };
      }).catch((thrown: unknown) => ({ retry: String(thrown) }));
    },
    digests: (batch, signal) => far(network, isDown, () => target.digests(batch, signal)),
  };
};

const RETRY = { firstMs: 20, maxMs: 500 };

/** A worker's bulk writer and letterbox, on the world's indices and letters. */
export const sinkOf = (world: World, network: NetworkOptions, expire: () => void, beforeSending: () => void) => {
  const { random, letters } = world;
  const base = { backoff: RETRY, clock: network.gate, random, log: silentLog };
  const put = (posted: readonly DeadLetter[]) =>
    far(
      network,
      () => false,
      async () => {
        for (const { shard, sequenceNumber } of posted) letters.add(`${shard}/${sequenceNumber}`);
        return posted.map(() => undefined);
      },
    );
  const letterbox = new Letterbox({ ...base, target: { put, close: async () => {} }, maxLetters: 3, maxBytes: 10_000 });
  const post = (letter: DeadLetter, ticket: Ticket, recordIndex: number, lost: AbortSignal) =>
    letterbox.post({ letter, lost, onDurable: () => ticket.settle(recordIndex) });
  const settle = (deliveries: readonly Delivery[], outcome: Outcome) => {
    for (const delivery of deliveries) {
      const { ticket, recordIndex, lost } = delivery;
      if (outcome.status === 'rejected') post(letterOfDelivery('s', delivery, outcome), ticket, recordIndex, lost);
      else ticket.settle(recordIndex);
    }
  };
  const writer = new BulkWriter({
    ...base,
    target: onlyHeld(targetOver(world, network, beforeSending), expire),
    limits: { maxBytes: 2_000, maxDocuments: 1 + Math.floor(random() * 10), maxAgeMs: 50 },
    maxInFlight: 2,
    retryForMs: 2_000,
    settle,
    observe: unobserved,
  });
  return { writer, letterbox, post };
};
