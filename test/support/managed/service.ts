import { fileURLToPath } from 'node:url';
import { startAsked } from './asked.ts';
import { type ShardRecord, STREAM } from './event.ts';

/** What the service makes of a record: the texts of its documents, `ingest` included, and the reasons of its letters. */
export interface Served {
  readonly documents: readonly string[];
  readonly reasons: readonly string[];
}

/** The service's own way of a page to the bulk writer and the letterbox. */
export interface ServiceStages {
  /** Each shard's records are a page; answers in the order of the records. */
  serve(records: readonly ShardRecord[]): Promise<readonly Served[]>;
  close(): Promise<void>;
}

const RUNTIME = fileURLToPath(new URL('service-runtime.ts', import.meta.url));

const NEEDED = {
  SHARDLINE_APPLICATION: 'music-events',
  SHARDLINE_STREAM: STREAM,
  SHARDLINE_OPENSEARCH_NODE: 'http://127.0.0.1:1',
  SHARDLINE_OPENSEARCH_AUTH: 'none',
  SHARDLINE_DEAD_LETTER_TO: 'file:letters',
};

/** Starts it in a process of its own, where transforms are loaded as the service loads them. */
export const startService = async (env: Readonly<Record<string, string>>, cwd: string): Promise<ServiceStages> => {
  const asked = await startAsked(RUNTIME, { cwd, env: { ...NEEDED, ...env } });
  return {
    async serve(records) {
      const coded = records.map((record) => ({ ...record, data: Buffer.from(record.data).toString('base64') }));
      const { answer } = await asked.ask(coded);
      return answer.served as readonly Served[];
    },
    close: asked.close,
  };
};
