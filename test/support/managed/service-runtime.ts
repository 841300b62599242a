// What the service makes of records, between its source and its bulk writer: lines on stdin are lists of records, each answer
// on file 3 says of each the texts of its documents and the reasons of its letters.
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { documentStages } from '../../../src/app/stages.ts';
import { openTracker } from '../../../src/checkpoint/tracker.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { type Delivery, documentOf } from '../../../src/core/delivery.ts';
import type { DeadLetter } from '../../../src/core/letter.ts';
import type { Page } from '../../../src/core/page.ts';
import { walkPage } from '../../../src/pipeline/page.ts';
import type { PageStages } from '../../../src/pipeline/walk.ts';
import { loadTransform } from '../../../src/transform/load.ts';
import type { ShardRecord } from './event.ts';

interface Serving {
  readonly documents: string[];
  readonly reasons: string[];
}

const { config } = loadConfig({ env: process.env, cwd: process.cwd() });
const transform = await loadTransform(config.transform, config.transformOptions, process.cwd());
const stages = documentStages({ config, transform, stream: config.stream, clock: systemClock });
const { signal } = new AbortController();
const charge: Page['charge'] = { add() {}, release() {} };

const servePage = async (shard: string, records: readonly ShardRecord[], serving: readonly Serving[]) => {
  const deliveries: Delivery[] = [];
  const letters: (readonly [DeadLetter, number])[] = [];
  const kept: PageStages = {
    ...stages,
    stream: config.stream,
    clock: systemClock,
    submit: (some) => void deliveries.push(...some),
    post: (letter, _, index) => void letters.push([letter, index]),
    room: async () => {},
    crowded: () => false,
  };
  const page: Page = { records, bytes: 0, behindMs: 0, children: undefined, charge };
  await walkPage(kept, shard, page, openTracker().open(page), { lost: signal, halt: signal });
  for (const each of deliveries) serving[each.recordIndex]?.documents.push(documentOf(each));
  for (const [{ reason }, index] of letters) serving[index]?.reasons.push(reason);
};

const tell = (what: unknown): void => {
  // readline takes these two for the ends of lines, and a pipe may take less than all of a text at once.
  const json = JSON.stringify(what).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  const text = Buffer.from(`${json}\n`);
  for (let at = 0; at < text.length; at += writeSync(3, text, at));
};

tell({});
for await (const line of createInterface({ input: process.stdin })) {
  const records = (JSON.parse(line) as (Omit<ShardRecord, 'data'> & { readonly data: string })[]).map((each) => ({
    ...each,
    partitionKey: each.partitionKey,
    data: Buffer.from(each.data, 'base64'),
  }));
  const served = records.map((): Serving => ({ documents: [], reasons: [] }));
  for (const [shard, own] of Map.groupBy(records.entries(), ([, record]) => record.shard)) {
    const of = own.flatMap(([index]) => served[index] ?? []);
    await servePage(
      shard,
      own.map(([, record]) => record),
      of,
    );
  }
  tell({ served });
  process.stdout.write('END\n');
}
