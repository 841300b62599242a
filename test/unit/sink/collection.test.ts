import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { collectionType, refuseType } from '../../../src/sink/opensearch/collection.ts';
import { type Front, signedServer } from '../../support/signed-server.ts';

const ID = '07tjusf2h91cunochc';

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
});

afterEach(() => vi.unstubAllEnvs());

/** The control plane of OpenSearch Serverless with one scripted answer. */
const controlPlane = async (front: Front) => {
  const key = () => ({ secret: 'secret' });
  const expected = { service: 'aoss', region: 'eu-west-1', now: () => new Date(), key };
  const server = await signedServer({ expected, front });
  vi.stubEnv('AWS_ENDPOINT_URL_OPENSEARCHSERVERLESS', server.url);
  return server;
};

describe('the type of a collection', () => {
  it('is asked of its control plane by its id', async () => {
    const body = { collectionDetails: [{ id: ID, type: 'SEARCH' }], collectionErrorDetails: [] };
    await using server = await controlPlane(() => ({ status: 200, body }));
    expect(await collectionType(ID, 'eu-west-1')).toBe('SEARCH');
    const [request] = server.requests;
    expect(request?.fault).toBeUndefined();
    expect(request?.headers['x-amz-target']).toBe('OpenSearchServerless.BatchGetCollection');
    expect(JSON.parse(request?.body.toString() ?? '')).toEqual({ ids: [ID] });
  });

  it('cannot be told where nobody may ask, or where there is none', async () => {
    const errorMessage = 'The specified Collection is not found.';
    const bodies = [
      [403, { __type: 'AccessDeniedException', message: 'not authorized to perform: aoss:BatchGetCollection' }],
      [200, { collectionDetails: [], collectionErrorDetails: [{ id: ID, errorMessage }] }],
      [200, {}],
    ] as const;
    const reasons = ['aoss:BatchGetCollection', errorMessage, `there is no collection ${ID}`];
    for (const [i, [status, body]] of bodies.entries()) {
      await using _server = await controlPlane(() => ({ status, body }));
      await expect(collectionType(ID, 'eu-west-1')).rejects.toThrow(reasons[i]);
    }
  });

  it('must be SEARCH: the others take no ids of ours', () => {
    expect(() => refuseType(ID, 'SEARCH')).not.toThrow();
    for (const type of ['TIMESERIES', 'VECTORSEARCH']) {
      expect(() => refuseType(ID, type)).toThrow(
        expect.objectContaining({ code: 'SHARDLINE_COLLECTION_UNUSABLE', message: expect.stringContaining(type) }),
      );
    }
  });
});
