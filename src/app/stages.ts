import type { Config } from '../config/tree.ts';
import type { Clock } from '../core/clock.ts';
import type { Transform } from '../core/message.ts';
import { decoder } from '../decode/decoder.ts';
import type { PageStages } from '../pipeline/walk.ts';
import { indexNamer } from '../sink/index-pattern.ts';
import { prepare } from '../sink/prepare.ts';
import { transformStage } from '../transform/stage.ts';

/** A transform may block the event loop for at most this share of the failover: leases are renewed in time. */
const TRANSFORM_SHARE = 0.25;
/** How long one slice of a page may keep the event loop from everything else, milliseconds. */
const SLICE_MS = 20;

export interface StageParts {
  readonly config: Config;
  readonly transform: Transform;
  /** The stream's name, as it stands in ids. */
  readonly stream: string;
  readonly clock: Clock;
}

/** What makes documents of records, as the configuration says. */
export const documentStages = ({
  config,
  transform,
  stream,
  clock,
}: StageParts): Pick<PageStages, 'decode' | 'transform' | 'prepare'> => {
  const decode = decoder({
    mode: config.decode,
    limitBytes: config.decodeLimitBytes,
    maxMessages: config.documentsPerRecord,
  });
  const stage = transformStage({
    transform,
    limitMs: config.leases.failoverMs * TRANSFORM_SHARE,
    sliceMs: SLICE_MS,
    maxDocuments: config.documentsPerRecord,
    clock,
  });
  const { pastMs, futureMs, outside } = config.indexWindow;
  return {
    decode,
    transform: (messages, start) => stage.run(messages, start),
    prepare: prepare({ stream, indexName: indexNamer(config.index), pastMs, futureMs, outside: outside.index }),
  };
};
