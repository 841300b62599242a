import type { Config } from '../config/tree.ts';
import { breathe } from '../core/breathe.ts';
import type { Clock } from '../core/clock.ts';
import type { Message, SerializedDocument, Special, Transformed } from '../core/message.ts';
import { decoder } from '../decode/decoder.ts';
import { type IndexNamer, indexNamer } from '../sink/index-pattern.ts';
import { operationProblem } from '../sink/prepare.ts';
import { loadTransform } from '../transform/load.ts';
import { transformStage } from '../transform/stage.ts';

/** The part of the configuration that a dry run needs. */
export type DryRunConfig = Pick<
  Config,
  'decode' | 'decodeLimitBytes' | 'documentsPerRecord' | 'transform' | 'transformOptions' | 'index' | 'leases'
>;

/** A document as it would be sent, without `ingest`; a version as text, for it may have more digits than a number keeps. */
interface Shown extends Partial<Pick<Special, 'routing' | 'pipeline'>> {
  readonly op: Special['op'];
  readonly index: string;
  readonly id?: string;
  readonly version?: string;
  readonly document: unknown;
}

const shown = ({ id, timestampMs, json, special }: SerializedDocument, indexName: IndexNamer): Shown => {
  const { op = 'create', version, index = indexName(timestampMs), routing, pipeline } = special ?? {};
  return {
    op,
    index,
    ...(id === undefined ? {} : { id }),
    ...(version === undefined ? {} : { version: String(version) }),
    ...(routing === undefined ? {} : { routing }),
    ...(pipeline === undefined ? {} : { pipeline }),
    document: JSON.parse(json) as unknown,
  };
};

/** What became of one record: its documents, and what of it would be a dead letter. */
export interface DryRunResult {
  readonly record: number;
  readonly documents: readonly Shown[];
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
    const documents = transformed.flatMap((each) => ('poison' in each ? [] : each.documents));
    const unsendable = documents.flatMap(({ special }) => operationProblem(special, indexName) ?? []);
    const failed = [...poison, ...transformed.flatMap((each) => ('poison' in each ? [each.poison] : []))];
    return {
      record,
      documents: documents
        .filter(({ special }) => operationProblem(special, indexName) === undefined)
        .map((document) => shown(document, indexName)),
      dead_letters: [...failed.map(({ reason, detail }) => ({ reason, message: detail })), ...unsendable],
    };
  };
};
