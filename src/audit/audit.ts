import { breathe } from '../core/breathe.ts';
import { compareDocuments, type Judged, judge } from './compare-documents.ts';
import { compareLetters, type IsPassed, isWrong, type Wrong } from './compare-letters.ts';
import { countVerdict } from './count-verdict.ts';
import {
  documentKey,
  type Expected,
  type Found,
  type Letter,
  type Open,
  type Place,
  recordKey,
  type Unreadable,
} from './entries.ts';
import { type Finding, findingOf } from './finding.ts';
import { Spill } from './spill.ts';
import { Tally } from './tally.ts';

/** One part of 5 million documents holds some 20,000 of each side. */
const PARTS = 256;
/** Documents that are looked up at once. */
const LOOKUP = 500;

export interface AuditOptions {
  /** The stream's name, as it stands in documents. */
  readonly stream: string;
  /** For temporary files. */
  readonly folder: string;
  /** Records may come more than once: copies are left out where they meet, at the end. */
  readonly copies?: boolean;
}

type RecordPlace = Pick<Expected, 'shard' | 'sequenceNumber' | 'arrivedMs'>;

/** What the end of an audit asks. */
export interface Settling {
  /** What stands under these documents' ids now, whenever it arrived; `no-index`: not even the index is there. */
  readonly lookUp: (documents: readonly Expected[]) => Promise<readonly (Found | 'no-index' | undefined)[]>;
  readonly isPassed: IsPassed;
  /** Ends it early. */
  readonly signal: AbortSignal;
  /** Told of everything that is wrong, but for documents whose whole index is not there. */
  readonly onFinding: (finding: Finding, wrong: Wrong) => Promise<void>;
}

/** What is left to be said of a record once the indices are compared. */
type Rest =
  | { readonly open: Open }
  | { readonly unreadable: Unreadable }
  | { readonly stray: Found }
  | { readonly letter: Letter }
  | { readonly record: RecordPlace };

/** The first entry of each name. */
const once = <T>(entries: readonly T[], nameOf: (entry: T) => string): readonly T[] => {
  const seen = new Set<string>();
  return entries.filter((entry) => {
    const isFirst = !seen.has(nameOf(entry));
    seen.add(nameOf(entry));
    return isFirst;
  });
};

const placeOf = (place: Place): string => `${recordKey(place)} ${place.subSequenceNumber} ${place.ordinal}`;

/**
 * Both sides of an audit, on disk in parts, and their comparison part by part: first documents by index and id, then
 * what is left of them with dead letters by record. Memory holds one part and the counts.
 */
export class Audit {
  readonly tally = new Tally();
  /** Missing documents of indices that are not there, by index. */
  readonly absentIndices = new Map<string, number>();
  readonly #stream: string;
  readonly #copies: boolean;
  readonly #expected: Spill<Expected>;
  readonly #found: Spill<Found>;
  readonly #rest: Spill<Rest>;

  constructor({ stream, folder, copies = false }: AuditOptions) {
    this.#stream = stream;
    this.#copies = copies;
    this.#expected = new Spill(folder, PARTS);
    this.#found = new Spill(folder, PARTS);
    this.#rest = new Spill(folder, PARTS);
  }

  record({ shard, sequenceNumber, arrivedMs }: RecordPlace): void {
    const record = { shard, sequenceNumber, arrivedMs };
    if (this.#copies) this.#rest.add(recordKey(record), { record });
    else this.tally.count('records', record);
  }

  expect(document: Expected): void {
    this.#expected.add(documentKey(document), document);
  }

  unreadable(unreadable: Unreadable): void {
    this.#rest.add(recordKey(unreadable), { unreadable });
  }

  found(document: Found): void {
    this.#found.add(documentKey(document), document);
  }

  letter(letter: Letter): void {
    this.#rest.add(recordKey(letter), { letter });
  }

  /** Compares everything that was taken in. Rejects with what `lookUp` and `onFinding` reject with. */
  async settle(settling: Settling): Promise<void> {
    const { signal } = settling;
    for (const settle of [this.#settleDocuments, this.#settleRecords])
      for (let part = 0; part < PARTS && !signal.aborted; part += 1) {
        await settle.call(this, part, settling);
        await breathe();
      }
  }

  /** Bytes of temporary files. */
  spilledBytes(): number {
    return this.#expected.bytes + this.#found.bytes + this.#rest.bytes;
  }

  close(): void {
    for (const spill of [this.#expected, this.#found, this.#rest]) spill.close();
  }

  async #settleDocuments(part: number, { lookUp }: Settling): Promise<void> {
    const all = this.#expected.read(part);
    const promised = this.#copies ? once(all, (each) => `${documentKey(each)} ${placeOf(each)}`) : all;
    const { judged, strays } = compareDocuments(promised, this.#found.read(part));
    for (const stray of strays) this.#stray(stray);
    const absent = judged.filter(({ standing }) => standing === 'absent');
    for (const each of judged) if (each.standing !== 'absent') this.#judged(each, false);
    // What did not arrive within the range may stand there all the same, brought by an earlier record; and a search
    // shows a document later than it can be got by its id.
    for (let from = 0; from < absent.length; from += LOOKUP) {
      const some = absent.slice(from, from + LOOKUP).map(({ expected }) => expected);
      const answers = await lookUp(some);
      for (const [i, expected] of some.entries()) {
        const answer = answers[i];
        const stored = answer === 'no-index' ? undefined : answer;
        this.#judged({ expected, stored, standing: judge(expected, stored) }, answer === 'no-index');
      }
    }
  }

  #judged({ expected, stored, standing }: Judged, noIndex: boolean): void {
    if (standing === 'indexed' || standing === 'duplicate') {
      this.tally.count(standing, expected);
      if (standing === 'indexed') this.tally.agreed(expected, expected);
      return;
    }
    this.#rest.add(recordKey(expected), { open: { expected, stored, noIndex } });
  }

  #stray(stray: Found): void {
    const { shard = '', sequenceNumber = '' } = stray;
    this.#rest.add(recordKey({ shard, sequenceNumber }), { stray });
  }

  async #settleRecords(part: number, { isPassed, onFinding }: Settling): Promise<void> {
    const rest = this.#rest.read(part);
    const records = rest.flatMap((each) => ('record' in each ? [each.record] : []));
    for (const record of once(records, recordKey)) this.tally.count('records', record);
    const unreadable = rest.flatMap((each) => ('unreadable' in each ? [each.unreadable] : []));
    const unsettled = {
      open: rest.flatMap((each) => ('open' in each ? [each.open] : [])),
      unreadable: this.#copies ? once(unreadable, (each) => `${placeOf(each)} ${each.reason}`) : unreadable,
      strays: rest.flatMap((each) => ('stray' in each ? [each.stray] : [])),
      letters: rest.flatMap((each) => ('letter' in each ? [each.letter] : [])),
    };
    for (const verdict of compareLetters(unsettled, isPassed)) {
      countVerdict(this.tally, verdict);
      if (!isWrong(verdict)) continue;
      if (verdict.verdict === 'missing' && verdict.open.noIndex) {
        const { index } = verdict.open.expected;
        this.absentIndices.set(index, (this.absentIndices.get(index) ?? 0) + 1);
      } else await onFinding(findingOf(verdict, this.#stream), verdict);
    }
  }
}
