import { GetRecordsCommand, type GetRecordsCommandOutput, GetShardIteratorCommand } from '@aws-sdk/client-kinesis';
import { describe } from '../../core/errors.ts';
import { ownText } from '../../core/own-text.ts';
import type { Charge, Page } from '../../core/page.ts';
import { type Position, sequencePosition } from '../../core/position.ts';
import type { Shard } from '../../core/shard.ts';
import { type Failure, failureOf } from './failure.ts';
import { iteratorStart, type ReadPosition } from './iterator.ts';
import { type Pace, pace } from './pace.ts';
import { chargedBytes, type PageSize, pageSize } from './page-size.ts';
import type { ReaderParts } from './polling.ts';
import { answeredMsOf, packedIn } from './quick-reading.ts';
import { isPast } from './range.ts';
import { childShard, listShards } from './shards.ts';
import { streamIn } from './stream.ts';
import { type Trouble, trouble } from './trouble.ts';

type Asked<T> = { readonly answer: T } | { readonly failure: Failure };

/** Reads one shard, a page at a time, through whatever Kinesis and the network do. */
export class ShardReader {
  readonly #parts: ReaderParts;
  readonly #shard: Shard;
  readonly #size: PageSize = pageSize();
  readonly #pace: Pace;
  readonly #trouble: Trouble;
  #position: ReadPosition;
  #iterator: string | undefined;
  /** The last answer said that the shard is at its end, but not how it goes on; or that there is no such shard. */
  #asksList: 'ended' | 'missing' | undefined;
  #toldBehindMs = 0;
  /** Not before this time is Kinesis asked again. */
  #notBeforeMs = 0;

  constructor(parts: ReaderParts, shard: Shard, from: ReadPosition) {
    this.#parts = parts;
    this.#shard = shard;
    this.#position = from;
    this.#pace = pace(parts.pace);
    this.#trouble = trouble(parts, { stream: parts.stream, shard: shard.id });
  }

  /** One read. Undefined when it brought nothing worth handing on: read again, unless the signal has aborted. */
  async next(signal: AbortSignal): Promise<Page | undefined> {
    const { budget, clock } = this.#parts;
    const waitMs = this.#notBeforeMs - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    if (signal.aborted) return undefined;
    const { reserveBytes, limit } = this.#size.next(budget.share());
    const charge = await budget.reserve(this.#shard.id, reserveBytes, signal);
    if (!charge) return undefined;
    let page: Page | undefined;
    try {
      page = this.#asksList
        ? await this.#end(this.#asksList, charge, signal)
        : await this.#fetch(limit, charge, signal);
      if (page) charge.add(chargedBytes(page.records.length, page.bytes) - reserveBytes);
      return page;
    } finally {
      if (!page) charge.release();
    }
  }

  async #fetch(limit: number, charge: Charge, signal: AbortSignal): Promise<Page | undefined> {
    this.#iterator ??= await this.#openIterator(signal);
    if (this.#iterator === undefined) return undefined;
    const startedMs = this.#parts.clock.now();
    const askedMs = this.#parts.clock.wall().getTime();
    const request = new GetRecordsCommand({ ...this.#arn(), ShardIterator: this.#iterator, Limit: limit });
    this.#notBeforeMs = startedMs + this.#pace.intervalMs(false);
    const asked = await this.#ask(signal, (abortSignal) => this.#parts.client.send(request, { abortSignal }));
    if ('failure' in asked) {
      if (asked.failure === 'expired' || asked.failure === 'argument' || asked.failure === 'missing') {
        this.#iterator = undefined;
      }
      return undefined;
    }
    this.#trouble.over();
    const page = this.#pageOf(asked.answer, answeredMsOf(asked.answer) ?? askedMs, charge);
    this.#pace.answered(startedMs, page.records.length > 0);
    this.#notBeforeMs = startedMs + this.#pace.intervalMs(page.behindMs === 0 && !this.#asksList);
    if (page.records.length === 0 && !page.children && page.behindMs === this.#toldBehindMs) return undefined;
    this.#toldBehindMs = page.behindMs;
    return page;
  }

  #pageOf(answer: GetRecordsCommandOutput, answeredMs: number, charge: Charge): Page {
    const { observe, clock, range } = this.#parts;
    const packed = packedIn(answer);
    packed.arriveAt(clock.wall().getTime());
    const behindMs = answer.MillisBehindLatest ?? 0;
    const last = packed.at(-1);
    if (last) this.#position = sequencePosition(ownText(last.sequenceNumber));
    this.#iterator = answer.NextShardIterator;
    const ended = this.#iterator === undefined;
    const named = ended && answer.ChildShards?.length ? answer.ChildShards.map(childShard) : undefined;
    this.#asksList = ended && !named ? 'ended' : undefined;
    this.#size.learn(packed.length, chargedBytes(packed.length, packed.bytes));
    const records = range ? packed.within(range) : packed;
    const bytes = records.length > 0 ? packed.bytes : 0;
    const past = !ended && range && isPast(range, { lastArrivedMs: last?.arrivedMs, behindMs, answeredMs });
    const children = past ? [] : named;
    if (records.length > 0) observe.read(this.#shard.id, records.length, bytes);
    observe.behind(this.#shard.id, behindMs);
    return { records, bytes, behindMs, children, charge };
  }

  async #openIterator(signal: AbortSignal): Promise<string | undefined> {
    const { client, stream, clock } = this.#parts;
    const position = this.#position;
    const askedAtMs = clock.wall().getTime();
    const start = { ...streamIn(stream), ShardId: this.#shard.id, ...iteratorStart(position) };
    const request = new GetShardIteratorCommand(start);
    const asked = await this.#ask(signal, (abortSignal) => client.send(request, { abortSignal }));
    if ('failure' in asked) {
      if (asked.failure === 'argument' && position.at === 'SEQUENCE') this.#lose(position);
      if (asked.failure === 'missing') this.#asksList = 'missing';
      return undefined;
    }
    // A second iterator at LATEST would skip what came after the first.
    if (position.at === 'LATEST') this.#position = { at: 'AT_TIMESTAMP', timestampMs: askedAtMs };
    return asked.answer.ShardIterator;
  }

  /** The position's record is trimmed or of another stream: what is left is read, and the gap is said aloud. */
  #lose(position: Position): void {
    const { log, observe, stream } = this.#parts;
    log.error(
      { stream, shard: this.#shard.id, position },
      'Kinesis no longer has the record of the checkpoint: reading goes on at the oldest record there is, and what lay ' +
        'between them is lost; check the retention of the stream, and whether the stream was made anew',
    );
    this.#position = { at: 'TRIM_HORIZON' };
    observe.lost(this.#shard.id, position);
  }

  /** At a shard's end without children in the answer, the stream's list tells how it goes on. */
  async #end(why: 'ended' | 'missing', charge: Charge, signal: AbortSignal): Promise<Page | undefined> {
    const { client, stream } = this.#parts;
    const { id } = this.#shard;
    const asked = await this.#ask(signal, (abortSignal) => listShards(client, stream, abortSignal));
    if ('failure' in asked) return undefined;
    const listed = asked.answer.find((shard) => shard.id === id);
    const children = asked.answer.filter((shard) => shard.parents.includes(id));
    if (why === 'missing') return this.#gone(listed !== undefined, children, charge);
    // A shard that is listed has children somewhere: finishing it without them would leave its hash keys unread.
    if (listed && children.length === 0) {
      this.#asksList = listed.closed ? 'ended' : undefined;
      this.#met('failed', new Error(`shard ${id} gave its last record, but no shard continues it yet`));
      return undefined;
    }
    this.#trouble.over();
    return { records: [], bytes: 0, behindMs: 0, children, charge };
  }

  /**
   * Kinesis knows no such shard. Where the list does not have it either, but has shards that continue it, all of it is
   * older than the retention; waiting for it would keep those from ever being read. Else somebody will mend it.
   */
  #gone(isListed: boolean, children: readonly Shard[], charge: Charge): Page | undefined {
    this.#asksList = undefined;
    if (isListed || children.length === 0) return undefined;
    const { log, observe, stream } = this.#parts;
    log.error(
      { stream, shard: this.#shard.id, position: this.#position },
      'Kinesis no longer has the shard, only those that continue it: what lay behind the checkpoint is lost; check the ' +
        'retention of the stream',
    );
    observe.lost(this.#shard.id, this.#position);
    return { records: [], bytes: 0, behindMs: 0, children, charge };
  }

  /** Asks Kinesis. A failure is a value: counted, spoken of, and with a time before which nothing is asked again. */
  async #ask<T>(signal: AbortSignal, request: (signal: AbortSignal) => Promise<T>): Promise<Asked<T>> {
    try {
      return { answer: await request(signal) };
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (!signal.aborted && failure !== 'expired') this.#met(failure, thrown);
      return { failure };
    }
  }

  #met(failure: Failure, thrown: unknown): void {
    const { clock, observe } = this.#parts;
    this.#notBeforeMs = clock.now() + this.#trouble.met(failure, thrown);
    if (failure === 'throttled') {
      this.#pace.throttled();
      observe.throttled(this.#shard.id);
    } else observe.failed(this.#shard.id, describe(thrown));
  }

  #arn(): { readonly StreamARN?: string } {
    const named = streamIn(this.#parts.stream);
    return 'StreamARN' in named ? named : {};
  }
}
