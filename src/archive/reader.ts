import type { SourceRecord } from '../core/page.ts';
import { Joining } from './joining.ts';
import { readLine, type WantedRecords } from './line.ts';

/** A record that is whole, and where it stood. */
export interface ArchivedRecord {
  readonly shard: string;
  readonly record: SourceRecord;
}

/** What cannot be read, as far as it may be of the records that are wanted. */
export interface Unread {
  readonly count: number;
  readonly last: string;
}

/** Makes records of an archive's lines: at least once each, in no order. */
export class ArchiveReader {
  readonly #wanted: WantedRecords;
  readonly #joining: Joining;
  #unreadable = 0;
  #last = '';

  /** `folder`: where temporary files go. */
  constructor(wanted: WantedRecords, folder: string) {
    this.#wanted = wanted;
    this.#joining = new Joining(folder);
  }

  /** The record that a line brings; undefined while parts of it are missing, and for what is not wanted. `where` names the line for people. */
  take(line: Buffer, where: () => string): ArchivedRecord | undefined {
    const read = readLine(line.toString(), this.#wanted);
    if (!read) return undefined;
    if ('unreadable' in read) {
      this.unreadable(`${where()}: ${read.unreadable}`);
      return undefined;
    }
    const { shard, sequenceNumber, arrivedMs, partitionKey } = read;
    const data = read.parts === 1 ? read.data : this.#joining.add(read);
    return data && { shard, record: { data, sequenceNumber, arrivedMs, partitionKey } };
  }

  /** Takes down that something cannot be read. */
  unreadable(what: string): void {
    this.#unreadable += 1;
    this.#last = what;
  }

  /** Lines that cannot be read, and records of which parts are missing. */
  unread(): Unread {
    let count = this.#unreadable;
    let last = this.#last;
    for (const record of this.#joining.incomplete()) {
      count += 1;
      last = record;
    }
    return { count, last };
  }

  close(): void {
    this.#joining.close();
  }
}
