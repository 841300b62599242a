import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Delivery } from '../core/delivery.ts';
import type { Log } from '../core/log.ts';
import type { BulkLimits } from './bulk-queue.ts';
import { type GivenUp, givenUp, type Lane, laneOf, type Probe, takeFrom } from './lane.ts';

export interface LaneOptions {
  readonly limits: BulkLimits;
  /** So long an index may take nothing while others do, milliseconds; then its documents are given up. */
  readonly retryForMs: number;
  readonly backoff: BackoffPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Between two looks at a sick index lies no more than that, unless all of OpenSearch was away, milliseconds. */
const LONGEST_STEP_MS = 60_000;

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
  taken(number: number, probe: Probe | undefined): void {
    if (probe) probe.isTaken = true;
    else this.#lastTaken = Math.max(this.#lastTaken, number);
  }

  /** A document met the sickness of its index. `isPatient`: it may pass by itself; else it is given up at once. */
  fallIll(delivery: Delivery, why: string, isPatient: boolean, probe: Probe | undefined): void {
    const key = laneOf(delivery);
    const lane = this.#lanes.get(key) ?? this.#open(key, why);
    lane.why = why;
    lane.patienceMs = isPatient ? this.#options.retryForMs : 0;
    (probe?.refused ?? lane.waiting).push(delivery);
  }

  /** The next probe that is due, if there is one. */
  probe(): Probe | undefined {
    const { clock, limits } = this.#options;
    const nowMs = clock.now();
    for (const lane of this.#lanes.values()) {
      if (lane.probe || lane.dueMs > nowMs) continue;
      if (lane.waiting.length === 0) {
        if (nowMs - lane.checkedMs > FORGET_MS) this.#lanes.delete(lane.index);
        continue;
      }
      const most = lane.failures === 0 ? limits.maxDocuments : Math.min(PROBE_DOCUMENTS, limits.maxDocuments);
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
      this.#lanes.delete(lane.index);
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
    for (const lane of lanes) lane.waiting = lane.waiting.filter((each) => !each.lost.aborted);
    return lost;
  }

  /** The sick indices, for people: with how many documents wait for each. */
  sick(): readonly { readonly why: string; readonly since: Date; readonly isAlone: boolean }[] {
    const shown = [...this.#lanes.values()].filter((lane) => lane.probe || lane.waiting.length > 0);
    return shown.map((lane) => ({
      why: `index ${lane.index}: ${lane.why}`,
      since: lane.since,
      isAlone: lane.isAlone && this.#lastTaken <= lane.checkedAt,
    }));
  }

  #open(index: string, why: string): Lane {
    const { clock, backoff, random, log } = this.#options;
    const nowMs = clock.now();
    const dueMs = nowMs + backoffMs(0, backoff, random);
    const base = { index, since: clock.wall(), why, patienceMs: 0, waiting: [], probe: undefined, failures: 1 };
    const lane: Lane = { ...base, dueMs, checkedMs: nowMs, checkedAt: this.#sent, isAlone: false, spentMs: 0 };
    this.#lanes.set(index, lane);
    log.warn({ index, why }, 'an index takes no documents; they wait, others go on');
    return lane;
  }

  /** The index was found sick again: how long others have been better off, and whether that is long enough. */
  #check(lane: Lane, probe: Probe): GivenUp | undefined {
    const nowMs = this.#options.clock.now();
    if (probe.wereOthersTaken) lane.spentMs += Math.min(nowMs - lane.checkedMs, LONGEST_STEP_MS);
    lane.isAlone = !probe.wereOthersTaken;
    lane.checkedMs = nowMs;
    lane.checkedAt = this.#sent;
    if (!probe.wereOthersTaken || lane.spentMs < lane.patienceMs) {
      lane.waiting = probe.isTaken ? [...lane.waiting, ...probe.refused] : [...probe.refused, ...lane.waiting];
      return undefined;
    }
    const deliveries = probe.isTaken ? probe.refused : [...probe.refused, ...lane.waiting.splice(0)];
    this.#options.log.error(
      { index: lane.index, why: lane.why, documents: deliveries.length },
      'an index takes no documents while others do: those that waited for it become dead letters',
    );
    return givenUp(lane, deliveries);
  }
}
