import { stagesAt } from '../app/offline-walk.ts';
import type { PageTicket } from '../checkpoint/tracker.ts';
import type { Page, SourceRecord } from '../core/page.ts';
import { walkPage } from '../pipeline/page.ts';
import type { PageStages } from '../pipeline/walk.ts';
import type { Answer } from './answer.ts';
import type { FirehoseRecord } from './event.ts';

/** The stages of the service, before anything takes what comes of them. */
export type ManagedStages = Pick<PageStages, 'decode' | 'transform' | 'prepare' | 'stream' | 'clock'>;

const isOurs = (record: SourceRecord): record is FirehoseRecord => 'recordId' in record;
const never = new AbortController().signal;
const charge: Page['charge'] = { add() {}, release() {} };

/** Walks the records as pages of their shards, as the service would, into the answer; what `late` finds is not walked. */
export const walkRecords = async (
  stages: ManagedStages,
  records: readonly FirehoseRecord[],
  answer: Answer,
  late: AbortSignal,
): Promise<void> => {
  for (const [shard, own] of Map.groupBy(records, (record) => record.shard)) {
    const withRecord = (index: number, use: (record: FirehoseRecord) => void): void => {
      const record = own[index];
      if (record) use(record);
    };
    const kept: PageStages = {
      ...stages,
      submit: (deliveries) => {
        for (const each of deliveries) withRecord(each.recordIndex, (record) => answer.document(record, each));
      },
      post: (letter, _, index) => withRecord(index, (record) => answer.letter(record, letter)),
      room: async () => {},
      crowded: () => false,
    };
    const numbered: PageStages = {
      ...kept,
      decode: (record) => stagesAt(kept, isOurs(record) ? record.subSequenceNumber : 0).decode(record),
    };
    const ticket: PageTicket = {
      owe() {},
      settle: (index) => withRecord(index, (record) => answer.walked(record)),
      done: () => false,
      owed: () => 0,
    };
    const page: Page = { records: own, bytes: 0, behindMs: 0, children: undefined, charge };
    await walkPage(numbered, shard, page, ticket, { lost: never, halt: late });
  }
};
