import { KEYWORD } from './mapping.ts';

/** The part of an OpenSearch mapping that Shardline itself writes and merges. */
export interface Mappings {
  readonly properties: Readonly<Record<string, object>>;
}

/** What every document has, whatever its transform: the event's time, and where the event came from. */
export const commonMappings: Mappings = {
  properties: {
    '@timestamp': { type: 'date' },
    ingest: {
      dynamic: false,
      properties: {
        stream: KEYWORD,
        shard: KEYWORD,
        sequence_number: KEYWORD,
        arrived_at: { type: 'date' },
        digest: KEYWORD,
        deleted: { type: 'boolean' },
      },
    },
  },
};

/** A transform's own mappings with the common ones; the common fields win, since Shardline writes them. */
export const mergeMappings = (common: Mappings, own: object): Mappings => {
  const properties = 'properties' in own && typeof own.properties === 'object' ? own.properties : {};
  return { ...own, properties: { ...properties, ...common.properties } };
};
