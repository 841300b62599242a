import { backoffMs } from '../core/backoff.ts';
import type { Delivery } from '../core/delivery.ts';
import {
  type GivenUp,
  givenUp,
  giveUpFrom,
  illness,
  isHopeless,
  LARGE,
  type Lane,
  type LaneOptions,
  laneOf,
  type Probe,
  sumBytes,
  takeFrom,
} from './lane.ts';

/** While it takes nothing, a sick index is asked with few documents: more would only wait with them. */
const PROBE_DOCUMENTS = 200;
/** An empty lane is kept for so long: what comes next for its index must not make others wait for it once more. */
const FORGET_MS = 600_000;

/**
 * Indices that take no documents while OpenSearch answers: blocked, closed, without a primary, forbidden. The documents
 * of each wait in a lane of its own, from which one request at a time probes; all other indices go on. An index that
 * takes nothing while others do is given up after a while; where none does, everything is kept.
 */
export class SickLanes {
  readonly #options: LaneOptions;
  readonly #lanes = new Map<string, Lane>();
  #sent = 0;
  /** The request in which a document was last found too much at once on its own. */
  readonly #alone = new WeakMap<Delivery, number>();
  /** The latest request of which an index that is well took documents. */
  #lastTaken = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Takes a document in whose index is sick; false when it is well. */
  divert(delivery: Delivery): boolean {
    if (this.#lanes.size === 0) return false;
    const lane = this.#lanes.get(laneOf(delivery));
    lane?.waiting.push(delivery);
    return lane !== undefined;
  }

  /** A request is about to be sent; returns its number. */
  send(): number {
    this.#sent += 1;
    return this.#sent;
  }

  /** Documents of the request with this number were taken. */
  taken(number: number, batch: readonly Delivery[], probe: Probe | undefined): void {
    if (probe) probe.isTaken = true;
    else this.#lastTaken = Math.max(this.#lastTaken, number);
    const large = this.#lanes.get(LARGE);
    if (large && !probe) large.othersBytes = Math.max(large.othersBytes, sumBytes(batch));
  }

  /** A document alone was too much at once. It waits in a lane when that is not so for others; else false. */
  tooMuch(delivery: Delivery, number: number, why: string, probe: Probe | undefined): boolean {
    const before = this.#alone.get(delivery);
    this.#alone.set(delivery, number);
    const isLarge = probe ? probe.index === LARGE : before !== undefined && this.#lastTaken > before;
    if (isLarge) this.#refuse(this.#lanes.get(LARGE) ?? this.#open(LARGE, why), delivery, why, probe);
    return isLarge;
  }

  /** A document met the sickness of its index. `isPatient`: it may pass by itself; else it is given up at once. */
  fallIll(delivery: Delivery, why: string, isPatient: boolean, probe: Probe | undefined): void {
    const key = laneOf(delivery);
    const lane = this.#lanes.get(key) ?? this.#open(key, why);
    this.#refuse(lane, delivery, why, probe?.index === key ? probe : undefined);
    lane.patienceMs = isPatient ? this.#options.retryForMs : 0;
  }

  /** The next probe that is due, if there is one. */
  probe(): Probe | undefined {
    const { clock } = this.#options;
    const limits = this.#options.limits();
    const nowMs = clock.now();
    const due = [...this.#lanes.values()].filter(({ probe, dueMs }) => !probe && dueMs <= nowMs);
    // Who is due for longest: where probes take longer than the pauses between them, the last would never be asked.
    for (const lane of due.sort((a, b) => a.dueMs - b.dueMs)) {
      if (lane.waiting.length === 0) {
        if (nowMs - lane.checkedMs > FORGET_MS) this.#close(lane);
        continue;
      }
      const most =
        lane.index === LARGE
          ? 1
          : lane.failures === 0
            ? limits.maxDocuments
            : Math.min(PROBE_DOCUMENTS, limits.maxDocuments);
      const wereOthersTaken = this.#lastTaken > lane.checkedAt;
      const batch = takeFrom(lane.waiting, most, limits.maxBytes);
      lane.probe = { index: lane.index, batch, wereOthersTaken, isTaken: false, refused: [] };
      return lane.probe;
    }
    return undefined;
  }

  /** The probe's answer is seen to: what can be sent as usual again, and what is given up. */
  probed(probe: Probe): { readonly healed: readonly Delivery[]; readonly givenUp: GivenUp | undefined } {
    const { clock, backoff, random, log } = this.#options;
    const lane = this.#lanes.get(probe.index);
    if (!lane) return { healed: [], givenUp: undefined };
    lane.probe = undefined;
    if (probe.isTaken && probe.refused.length === 0) {
      this.#close(lane);
      log.info({ index: lane.index, since: lane.since, documents: lane.waiting.length }, 'index takes documents again');
      return { healed: lane.waiting, givenUp: undefined };
    }
    lane.failures = probe.isTaken ? 0 : lane.failures + 1;
    lane.dueMs = clock.now() + backoffMs(lane.failures, backoff, random);
    if (probe.refused.length === 0) return { healed: [], givenUp: undefined };
    return { healed: [], givenUp: this.#check(lane, probe) };
  }

  /** Milliseconds until a probe is due; undefined when none will be by itself. */
  waitMs(): number | undefined {
    let dueMs = Infinity;
    for (const lane of this.#lanes.values())
      if (!lane.probe && lane.waiting.length > 0) dueMs = Math.min(dueMs, lane.dueMs);
    return dueMs === Infinity ? undefined : Math.max(0, dueMs - this.#options.clock.now());
  }

  /** Takes out what belongs to lost leases. */
  takeLost(): readonly Delivery[] {
    const lanes = [...this.#lanes.values()];
    const lost = lanes.flatMap(({ waiting }) => waiting.filter((each) => each.lost.aborted));
    if (lost.length > 0) for (const lane of lanes) lane.waiting = lane.waiting.filter((each) => !each.lost.aborted);
    return lost;
  }

  /** The sick indices, for people: with how many documents wait for each. */
  sick(): readonly { readonly why: string; readonly since: Date; readonly isAlone: boolean }[] {
    const shown = [...this.#lanes.values()].filter((lane) => lane.probe || lane.waiting.length > 0);
    return shown.map((lane) => ({
      why: illness(lane),
      since: lane.since,
      isAlone: lane.isAlone && this.#lastTaken <= lane.checkedAt,
    }));
  }

  #refuse(lane: Lane, delivery: Delivery, why: string, probe: Probe | undefined): void {
    lane.why = why;
    (probe?.refused ?? lane.waiting).push(delivery);
  }

  #open(index: string, why: string): Lane {
    const { clock, backoff, random, log, retryForMs: patienceMs } = this.#options;
    const nowMs = clock.now();
    const dueMs = nowMs + backoffMs(0, backoff, random);
    const base = { index, since: clock.wall(), why, patienceMs, waiting: [], probe: undefined, failures: 1 };
    const seen = { checkedMs: nowMs, checkedAt: this.#sent, othersBytes: 0, hopelessBytes: Infinity };
    const lane: Lane = { ...base, ...seen, dueMs, isAlone: false, spentMs: 0 };
    this.#lanes.set(index, lane);
    this.#tell();
    if (index === LARGE) log.warn({ why }, 'a document alone is too much at once; it waits, others go on');
    else log.warn({ index, why }, 'an index takes no documents; they wait, others go on');
    return lane;
  }

  #close({ index }: Lane): void {
    this.#lanes.delete(index);
    this.#tell();
  }

  #tell(): void {
    this.#options.observe.sickIndices(this.#lanes.size - (this.#lanes.has(LARGE) ? 1 : 0));
  }

  /** It was refused again: whether that has been long enough. */
  #check(lane: Lane, probe: Probe): GivenUp | undefined {
    if (isHopeless(lane, probe, this.#options.clock.now(), this.#sent)) return this.#giveUp(lane, probe);
    const isLast = probe.isTaken || lane.index === LARGE;
    lane.waiting = isLast ? [...lane.waiting, ...probe.refused] : [...probe.refused, ...lane.waiting];
    return undefined;
  }

  /** Of large documents the one that was asked for; of an index all, unless it takes some. */
  #giveUp(lane: Lane, probe: Probe): GivenUp {
    const isOne = probe.isTaken || lane.index === LARGE;
    const deliveries = isOne ? probe.refused : [...probe.refused, ...lane.waiting.splice(0)];
    const found = givenUp(lane, deliveries);
    if (lane.index === LARGE) giveUpFrom(lane, sumBytes(probe.batch));
    this.#options.log.error(
      { ...(lane.index === LARGE ? {} : { index: lane.index }), why: lane.why, documents: deliveries.length },
      'documents are not taken while others are: those that waited become dead letters',
    );
    return found;
  }
}
