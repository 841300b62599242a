import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { firehoseEvent, type ShardRecord } from './event.ts';
import type { Invocation, LambdaFunction } from './lambda.ts';
import type { Served, ServiceStages } from './service.ts';

/** Firehose's own hint for the batches before a function, in bytes. */
const BATCH_BYTES = 1_048_576;

const batched = (records: readonly ShardRecord[]): readonly (readonly ShardRecord[])[] => {
  const batches: ShardRecord[][] = [[]];
  let bytes = 0;
  for (const record of records) {
    if (bytes > 0 && bytes + record.data.length > BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(record);
    bytes += record.data.length;
  }
  return batches;
};

/** What Firehose is told of a record, with the document's text or the reasons. */
export interface Said {
  readonly result: string;
  readonly document?: string | undefined;
  readonly reasons?: readonly string[];
}

/** What the function must say of a record that the service made this of. */
export const expectedOf = ({ documents, reasons }: Served): Said => {
  if (documents.length > 1 || (documents.length === 1 && reasons.length > 0))
    return { result: 'ProcessingFailed', reasons: ['fan-out-unsupported'] };
  if (reasons.length > 0) return { result: 'ProcessingFailed', reasons: reasons.toSorted() };
  return documents.length === 0 ? { result: 'Dropped' } : { result: 'Ok', document: documents[0] };
};

/** What the function said of each record, with the reasons of its log. */
export const saidIn = ({ records, log }: Invocation): readonly Said[] => {
  const lines = new Map(log.map((line) => [line.record_id, line]));
  return records.map(({ recordId, result, data }) => {
    if (result === 'Ok') return { result, document: Buffer.from(data ?? '', 'base64').toString() };
    if (result === 'Dropped') return { result };
    const { reason, failures } = lines.get(recordId) ?? {};
    const counts = Object.entries((reason !== 'fan-out-unsupported' && failures) || { [String(reason)]: 1 });
    return { result, reasons: counts.flatMap(([name, count]) => Array(Number(count)).fill(name)).toSorted() };
  });
};

const shown = (record: ShardRecord | undefined): string =>
  Buffer.from(record?.data ?? '')
    .toString('latin1')
    .slice(0, 200);

/** The same configuration twice: as a function, and as the service's stages. */
export interface Pair {
  readonly lambda: LambdaFunction;
  readonly service: ServiceStages;
}

/** Holds both together on the same records, one by one, and counts what became of them. */
export const compare = async ({ lambda, service }: Pair, records: readonly ShardRecord[]) => {
  const counts: Record<string, number> = {};
  for (const batch of batched(records)) {
    const invocation = await lambda.invoke(firehoseEvent(batch));
    expect(invocation.answer.length).toBeLessThan(6_000_000);
    const said = saidIn(invocation);
    const served = await service.serve(batch);
    expect(said).toHaveLength(served.length);
    for (const [i, each] of served.entries()) {
      const expected = expectedOf(each);
      if (!isDeepStrictEqual(said[i], expected))
        expect({ record: shown(batch[i]), ...said[i] }).toEqual({ record: '', ...expected });
      for (const name of expected.reasons ?? [expected.result]) counts[name] = (counts[name] ?? 0) + 1;
    }
  }
  return counts;
};
