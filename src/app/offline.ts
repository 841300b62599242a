import { hostname } from 'node:os';
import type { Config } from '../config/tree.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../core/clock.ts';
import type { Ticket } from '../core/delivery.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { Log } from '../core/log.ts';
import { streamName } from '../source/kinesis/stream.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { loadTransform } from '../transform/load.ts';
import { refuseCollection } from './collection.ts';
import { openLetters } from './letters.ts';
import { type Deliver, type OnTheWay, openWalks } from './offline-walk.ts';
import { buildSink, type SinkSide, type Totals } from './sink.ts';
import { ensureTemplate, templateOf } from './template.ts';

/** The service's own way from records to indices, without leases, checkpoints and HTTP. */
export interface OfflineDelivery {
  /**
   * Sends a record on its way as soon as there is room for it, not at all after the stop. What is not settled when the
   * delivery is closed is never told of.
   */
  readonly deliver: Deliver;
  /** Resolves when nothing is on its way, or the signal aborts. */
  idle(signal: AbortSignal): Promise<void>;
  /** What it waits for: OpenSearch or the dead-letter target. */
  trouble(): string | undefined;
  readonly totals: Readonly<Totals>;
  /** Drops what is on its way and closes everything. */
  close(): Promise<void>;
}

export interface OfflineParts {
  readonly config: Config;
  readonly version: string;
  readonly cwd: string;
  readonly pid: number;
  /** What it is for, as it stands in the names of letter files: `redrive`. */
  readonly purpose: string;
  readonly log: Log;
  /** Nothing more is sent on its way then; what is goes on. */
  readonly stop: AbortSignal;
  readonly clock?: Clock;
  readonly random?: Random;
}

const openSink = async (parts: OfflineParts, complete: (letter: DeadLetter, ticket: Ticket) => DeadLetter) => {
  const { version, purpose, pid, log, clock = systemClock, random = systemRandom } = parts;
  // Whoever calls for it looks at what became of it.
  const config: Config = {
    ...parts.config,
    deadLetter: { ...parts.config.deadLetter, holdAbove: Number.POSITIVE_INFINITY },
  };
  await refuseCollection(config, log);
  const workerId = `${purpose}-${hostname()}-${pid}-${Math.floor(random() * 36 ** 6).toString(36)}`;
  const letters = await openLetters({ config, workerId, clock });
  const stream = streamName(config.stream);
  const metrics = createMetrics({ stream, version });
  const totals: Totals = { read: 0, indexed: 0, duplicate: 0, stale: 0, dropped: 0, deadLettered: 0 };
  const sink = buildSink({ config, stream, totals, letters, metrics, expire() {}, complete, clock, random, log });
  return { config, stream, clock, random, metrics, totals, sink };
};

const troubleOf = ({ writer, letterbox }: SinkSide): string | undefined => {
  const trouble = writer.trouble();
  if (trouble) return `OpenSearch since ${trouble.since.toISOString()}: ${trouble.why}`;
  const { retrying } = writer.status();
  return letterbox.trouble() ?? (retrying && `OpenSearch, for single documents: ${retrying}`);
};

/**
 * Opens the way for records that are delivered once more: through today's transform, with the ids they always had.
 * Rejects where the configuration cannot be used; resolves when the index template is there, or at the stop.
 */
export const openOffline = async (parts: OfflineParts): Promise<OfflineDelivery> => {
  const transform = await loadTransform(parts.config.transform, parts.config.transformOptions, parts.cwd);
  const underWay = new WeakMap<Ticket, OnTheWay>();
  const side = await openSink(parts, (letter, ticket) => {
    const item = underWay.get(ticket);
    item?.letters.push(letter);
    return item?.history ? { ...letter, history: item.history } : letter;
  });
  const { config, sink } = side;
  if (config.opensearch.template === 'create') {
    const template = templateOf(config, transform);
    await ensureTemplate({ ...side, log: parts.log, client: sink.client, template, onTrouble() {} }, parts.stop);
  }
  const walks = openWalks({ ...side, transform, underWay, stop: parts.stop });
  const over = sink.writer.expectMore();
  const sending = Promise.all([sink.writer.run(), sink.letterbox.run()]);
  let broken: { readonly thrown: unknown } | undefined;
  sending.catch((thrown: unknown) => {
    broken = { thrown };
    walks.drop();
  });
  const untilBroken = async (work: Promise<void>) => {
    await work;
    if (broken) throw broken.thrown;
  };
  return {
    totals: side.totals,
    trouble: () => troubleOf(sink),
    deliver: (record, onSettled) => untilBroken(walks.deliver(record, onSettled)),
    idle(until) {
      over();
      return untilBroken(walks.idle(until));
    },
    async close() {
      walks.drop();
      sink.writer.close();
      sink.letterbox.close();
      await sending.catch(() => undefined);
      side.metrics.close();
    },
  };
};
