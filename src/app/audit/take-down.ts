import type { Audit } from '../../audit/audit.ts';
import { openTracker } from '../../checkpoint/tracker.ts';
import type { Config } from '../../config/tree.ts';
import type { Clock } from '../../core/clock.ts';
import { type Delivery, digestIn, documentOf } from '../../core/delivery.ts';
import type { Transform } from '../../core/message.ts';
import type { Page } from '../../core/page.ts';
import { walkPage } from '../../pipeline/page.ts';
import type { PageStages } from '../../pipeline/walk.ts';
import { contentDigest } from '../../sink/content-digest.ts';
import { documentStages } from '../stages.ts';

export interface TakeDownParts {
  readonly config: Config;
  /** The stream's name, as it stands in ids. */
  readonly stream: string;
  readonly transform: Transform;
  /** Takes down digests of what documents hold, instead of those that they carry. */
  readonly contents: boolean;
  readonly clock: Clock;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** Takes what records become. */
export type Sides = Pick<Audit, 'record' | 'expect' | 'unreadable'>;

const recordOf = (delivery: Delivery) => {
  const record = delivery.records.at(delivery.recordIndex);
  if (!record) throw new Error(`a document of record ${delivery.recordIndex} of ${delivery.records.length}`);
  return record;
};

/** What is replaced, routed, put elsewhere or sent through a pipeline need not stand where and as the stream says. */
const refuseSpecial = ({ special, id }: Delivery): void => {
  if (special === undefined) return;
  throw new Error(
    `the transform gives document ${id.slice(0, 80)} an op, version, index, routing or pipeline; only plain documents can be audited`,
  );
};

const contentsOf = (delivery: Delivery): string => contentDigest(JSON.parse(documentOf(delivery))) ?? '';

/** The stages of the service, but that documents and letters are taken down instead of sent. */
const stagesOf = ({ config, stream, transform, contents, clock }: TakeDownParts, sides: Sides): PageStages => {
  const digestOf = contents ? contentsOf : digestIn;
  return {
    ...documentStages({ config, stream, transform, clock }),
    stream,
    submit: (deliveries) => {
      for (const delivery of deliveries) {
        refuseSpecial(delivery);
        const { index, id, shard, subSequenceNumber, ordinal, arrivedMs, ticket, recordIndex } = delivery;
        const { sequenceNumber } = recordOf(delivery);
        const digest = digestOf(delivery);
        sides.expect({ index, id, digest, shard, sequenceNumber, subSequenceNumber, ordinal, arrivedMs });
        ticket.settle(recordIndex);
      }
    },
    post: (letter, ticket, recordIndex) => {
      const { shard, sequenceNumber, subSequenceNumber, ordinal, arrivedMs, reason } = letter;
      sides.unreadable({ shard, sequenceNumber, subSequenceNumber, ordinal, arrivedMs, reason });
      ticket.settle(recordIndex);
    },
    room: async () => {},
    crowded: () => false,
    clock,
  };
};

const countRecords = ({ records }: Page, shard: string, sides: Sides): void => {
  for (let i = 0; i < records.length; i += 1) {
    const record = records.at(i);
    if (record) sides.record({ shard, sequenceNumber: record.sequenceNumber, arrivedMs: record.arrivedMs });
  }
};

/** Takes pages down, one after another. */
export interface TakeDown {
  page(shard: string, page: Page): Promise<void>;
  close(): void;
}

/** Takes down what the service would make of records today. */
export const openTakeDown = (parts: TakeDownParts, sides: Sides): TakeDown => {
  const { signal } = parts;
  const stages = stagesOf(parts, sides);
  const tracker = openTracker();
  return {
    async page(shard, page) {
      countRecords(page, shard, sides);
      await walkPage(stages, shard, page, tracker.open(page), { lost: signal, halt: signal });
    },
    close: () => tracker.abandon(),
  };
};
