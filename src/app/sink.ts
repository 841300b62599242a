import type { Config } from '../config/tree.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Delivery, Outcome, Ticket } from '../core/delivery.ts';
import type { DeadLetter, DeadLetters } from '../core/letter.ts';
import type { Log } from '../core/log.ts';
import { LetterHold } from '../dead-letter/hold.ts';
import { Letterbox } from '../dead-letter/letterbox.ts';
import { letterOfDelivery } from '../pipeline/letters.ts';
import { BulkWriter } from '../sink/bulk-writer.ts';
import { onlyHeld } from '../sink/only-held.ts';
import { openSearchTarget } from '../sink/opensearch/bulk-target.ts';
import { type OpenSearchClient, openSearchClient } from '../sink/opensearch/client.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { lingerMs } from './letters.ts';
import { openSearchOptions } from './opensearch.ts';

const RETRY = { firstMs: 200, maxMs: 5_000 };

/** What the sink side is made of. */
export interface SinkSide {
  readonly client: OpenSearchClient;
  readonly writer: BulkWriter;
  readonly letterbox: Letterbox;
  /** So many events went through the transform, whatever became of them. */
  transformed(events: number): void;
  /** So many documents were sent and had to go again. */
  resent(): number;
  /** Why letters are held for good; undefined while they are not. */
  held(): string | undefined;
  /** Hands a letter on; its record is settled once the letter is durable. */
  post(letter: DeadLetter, ticket: Ticket, recordIndex: number, lost: AbortSignal): void;
}

/** Counts of this worker's life, for the status page. */
export interface Totals {
  read: number;
  indexed: number;
  duplicate: number;
  stale: number;
  dropped: number;
  deadLettered: number;
}

export interface SinkParts {
  readonly totals: Totals;
  readonly config: Config;
  /** The stream's name, as it stands in ids and letters. */
  readonly stream: string;
  readonly letters: DeadLetters;
  readonly metrics: Metrics;
  /** Ends leases that have expired unnoticed. */
  readonly expire: () => void;
  /** Gives a letter what only the composition knows, before it is written; left out: it is complete. */
  readonly complete?: (letter: DeadLetter, ticket: Ticket) => DeadLetter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Builds the bulk writer and the letterbox, and says what settles a record: an answer for good, or a durable letter. */
export const buildSink = (parts: SinkParts): SinkSide => {
  const { config, stream, totals, letters, metrics, clock, random, log } = parts;
  const client = openSearchClient(openSearchOptions({ config, clock, log }));
  const { bulkBytes, bulkDocuments, bulkAgeMs, bulkInFlight, requestTimeoutMs, retryForMs } = config.opensearch;
  const hold = new LetterHold({ above: config.deadLetter.holdAbove, clock, log });
  const letterbox = new Letterbox({
    target: hold.over(letters),
    maxLetters: 1_000,
    maxBytes: 4 * 1024 * 1024,
    lingerMs: lingerMs(config.deadLetter.to),
    backoff: RETRY,
    clock,
    random,
    log,
  });
  const post: SinkSide['post'] = (letter, ticket, recordIndex, lost) => {
    const onDurable = () => {
      metrics.deadLetter(letter.reason, 1);
      totals.deadLettered += 1;
      ticket.settle(recordIndex);
    };
    hold.letter(letter);
    letterbox.post({ letter: parts.complete?.(letter, ticket) ?? letter, onDurable, lost });
  };
  const settle = (deliveries: readonly Delivery[], outcome: Outcome) => {
    if (outcome.status === 'rejected') {
      for (const delivery of deliveries)
        post(letterOfDelivery(stream, delivery, outcome), delivery.ticket, delivery.recordIndex, delivery.lost);
      return;
    }
    metrics[outcome.status](deliveries.length);
    totals[outcome.status] += deliveries.length;
    hold.delivered(deliveries.length);
    const nowMs = clock.wall().getTime();
    for (const { ticket, recordIndex, arrivedMs } of deliveries) {
      metrics.deliveryLatency(Math.max(0, (nowMs - arrivedMs) / 1000));
      ticket.settle(recordIndex);
    }
  };
  let resent = 0;
  const writer = new BulkWriter({
    target: onlyHeld(openSearchTarget({ client, bulkTimeoutMs: Math.round(requestTimeoutMs / 2) }), parts.expire),
    limits: { maxBytes: bulkBytes, maxDocuments: bulkDocuments, maxAgeMs: bulkAgeMs },
    maxInFlight: bulkInFlight,
    retryForMs,
    backoff: RETRY,
    settle,
    observe: {
      ...metrics,
      resent: (count) => {
        metrics.resent(count);
        resent += count;
      },
    },
    clock,
    random,
    log,
  });
  const transformed = (events: number) => hold.transformed(events);
  return { client, writer, letterbox, post, transformed, resent: () => resent, held: () => hold.why() };
};
