import type { MissingRecords } from '../../audit/missing-records.ts';
import type { SourceRecord } from '../../core/page.ts';
import type { Shard } from '../../core/shard.ts';
import type { TakeDown } from './take-down.ts';

/** Sends a record on its way once more. */
export type Take = (shard: string, record: SourceRecord) => Promise<void>;

/** The side of an audit that says what arrived. */
export interface RecordSide {
  /** For people: `reading the stream`. */
  doing(): string;
  /** Whether records may come more than once. */
  readonly copies: boolean;
  /** Throws SHARDLINE_USAGE for a range of which it cannot tell. */
  check(): Promise<void>;
  /**
   * Takes down every record of the range, each shard's in one or several of what `open` gives; ends early at the stop.
   * `onStep` is called when `doing` says something else.
   */
  read(open: () => TakeDown, onStep: () => void): Promise<void>;
  /** The stream's shards; undefined where every record that it has was read by the service. */
  shards(): Promise<readonly Shard[] | undefined>;
  /** Notes what has changed since the check; how many things there are that could not be read, where it can tell. */
  conclude(): number | undefined;
  /** Reads the records of what is missing once more. */
  again(missing: MissingRecords, take: Take): Promise<void>;
  close(): void;
}
