import type { Audit, Settling } from '../../audit/audit.ts';
import type { Config } from '../../config/tree.ts';
import { backoffMs } from '../../core/backoff.ts';
import type { Clock, Random } from '../../core/clock.ts';
import type { TimeRange } from '../../core/time-range.ts';
import { indexMatcher, indexWildcards } from '../../sink/index-pattern.ts';
import type { OpenSearchClient } from '../../sink/opensearch/client.ts';
import {
  insisting,
  type StoredDocument,
  type StoredDocuments,
  storedDocuments,
} from '../../sink/opensearch/stored-documents.ts';

export interface IndexSideParts {
  readonly config: Config;
  readonly client: OpenSearchClient;
  /** Streams whose documents share the indices, and are not looked at. */
  readonly otherStreams: readonly string[];
  /** Compares documents by what they hold instead of by the digests that they carry. */
  readonly contents: boolean;
  /** Told what it waits for. */
  readonly onTrouble: (why: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** What the indices hold of a range. */
export interface IndexSide {
  /** Rejects when the indices may not be searched. */
  check(): Promise<void>;
  /** Makes searches see what was written until now; false: they may miss the last seconds. */
  refresh(): Promise<boolean>;
  /** Takes down every document of the range, and those of `indices` that say nothing of their arrival; returns how many of these there are beyond those taken down. */
  read(audit: Pick<Audit, 'found'>, range: TimeRange, indices: readonly string[]): Promise<number>;
  readonly lookUp: Settling['lookUp'];
}

/** Some ten minutes of trying. */
const ATTEMPTS = 40;
const RETRY = { firstMs: 500, maxMs: 20_000 };

const openStored = ({
  config,
  client,
  contents,
  onTrouble,
  clock,
  random,
  signal,
}: IndexSideParts): StoredDocuments => {
  const pause = async (attempt: number, why: string): Promise<boolean> => {
    onTrouble(why);
    await clock.sleep(backoffMs(attempt, RETRY, random), signal);
    return attempt < ATTEMPTS && !signal.aborted;
  };
  const indices = indexWildcards(config.index, config.indexWindow.outside.index);
  return storedDocuments({
    insist: insisting({ client, signal, pause }),
    indices,
    compared: contents ? 'contents' : 'marks',
  });
};

/** An alias has other names in its answers than it was asked by: then nothing can be compared by name. */
const refuseAlias = (asked: string, answered: StoredDocument | 'no-index' | undefined): void => {
  if (typeof answered !== 'object' || answered.index === asked) return;
  throw new Error(
    `${asked} is an alias of ${answered.index}; documents are compared by the names of real indices only`,
  );
};

/** The side of the indices: their documents by arrival, those without any, and ids looked up. */
export const indexSide = (parts: IndexSideParts): IndexSide => {
  const { config, otherStreams } = parts;
  const stored = openStored(parts);
  const isOurs = indexMatcher(config.index, config.indexWindow.outside.index);
  const others = new Set(otherStreams);
  const concerns = ({ index, stream }: StoredDocument) =>
    isOurs(index) && !(stream !== undefined && others.has(stream));
  return {
    async check() {
      await stored.unmarked([]);
    },
    refresh: () => stored.refresh(),
    async read(audit, range, indices) {
      for await (const page of stored.arrived(range)) for (const each of page) if (concerns(each)) audit.found(each);
      const { total, documents } = await stored.unmarked(indices);
      const ours = documents.filter(concerns);
      for (const each of ours) audit.found(each);
      return total - documents.length;
    },
    async lookUp(documents) {
      const answers = await stored.lookUp(documents);
      for (const [i, { index }] of documents.entries()) refuseAlias(index, answers[i]);
      return answers;
    },
  };
};
