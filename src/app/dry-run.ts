import type { Config } from '../config/tree.ts';
import { breathe } from '../core/breathe.ts';
import type { Clock } from '../core/clock.ts';
import type { Message, Transformed } from '../core/message.ts';
import { decoder } from '../decode/decoder.ts';
import { indexNamer } from '../sink/index-pattern.ts';
import { loadTransform } from '../transform/load.ts';
import { transformStage } from '../transform/stage.ts';

/** The part of the configuration that a dry run needs. */
export type DryRunConfig = Pick<
  Config,
  'decode' | 'decodeLimitBytes' | 'documentsPerRecord' | 'transform' | 'transformOptions' | 'index' | 'leases'
>;

/** What became of one record: its documents, and what of it would be a dead letter. */
export interface DryRunResult {
  readonly record: number;
  readonly documents: readonly { readonly index: string; readonly id?: string; readonly document: unknown }[];
  readonly dead_letters: readonly { readonly reason: string; readonly message: string }[];
}

/** Takes one raw record's bytes through decode and transform, without a stream and without an index. */
export type DryRun = (record: number, data: Uint8Array) => Promise<DryRunResult>;

/** Prepares a dry run of a transform by name or path; throws what loading it throws. */
export const dryRun = async (
  config: DryRunConfig,
  transform: string,
  baseDir: string,
  clock: Clock,
): Promise<DryRun> => {
  const decode = decoder({
    mode: config.decode,
    limitBytes: config.decodeLimitBytes,
    maxMessages: config.documentsPerRecord,
  });
  const stage = transformStage({
    transform: await loadTransform(transform, config.transformOptions, baseDir),
    limitMs: config.leases.failoverMs / 4,
    sliceMs: 20,
    maxDocuments: config.documentsPerRecord,
    clock,
  });
  const arrivedMs = clock.wall().getTime();
  const indexName = indexNamer(config.index);
  const transformAll = async (messages: readonly Message[]): Promise<readonly Transformed[]> => {
    const results: Transformed[] = [];
    while (results.length < messages.length) {
      results.push(...stage.run(messages, results.length));
      await breathe();
    }
    return results;
  };
  return async (record, data) => {
    const { messages, poison } = decode({
      data,
      sequenceNumber: String(record),
      arrivedMs,
      partitionKey: undefined,
    });
    const transformed = await transformAll(messages);
    const failed = [...poison, ...transformed.flatMap((each) => ('poison' in each ? [each.poison] : []))];
    return {
      record,
      documents: transformed.flatMap((each) =>
        'poison' in each
          ? []
          : each.documents.map(({ id, timestampMs, json }) => ({
              index: indexName(timestampMs),
              ...(id === undefined ? {} : { id }),
              document: JSON.parse(json) as unknown,
            })),
      ),
      dead_letters: failed.map(({ reason, detail }) => ({ reason, message: detail })),
    };
  };
};
