import { describe, expect, it } from 'vitest';
import { readBulkAnswer } from '../../../src/sink/opensearch/bulk-target.ts';
import { itemVerdict, requestAnswer } from '../../../src/sink/verdict.ts';

describe('one item', () => {
  it.each([
    [201, undefined, 'ok'],
    [200, undefined, 'ok'],
    [409, { type: 'version_conflict_engine_exception', reason: 'document already exists' }, 'exists'],
    [429, { type: 'rejected_execution_exception', reason: 'queue full' }, 'retry'],
    [503, { type: 'unavailable_shards_exception', reason: 'primary shard is not active' }, 'retry'],
    [500, { type: 'boom', reason: 'boom' }, 'retry'],
    [403, { type: 'cluster_block_exception', reason: 'index read-only' }, 'retry'],
    [403, { type: 'security_exception', reason: 'no permissions' }, 'retry'],
    [404, { type: 'index_not_found_exception', reason: 'no such index' }, 'retry'],
    [
      400,
      { type: 'validation_exception', reason: 'this cluster currently has [1000]/[1000] maximum shards open' },
      'retry',
    ],
    [400, { type: 'mapper_parsing_exception', reason: 'failed to parse field' }, 'rejected'],
    [201, { type: 'odd', reason: 'an error beside a success' }, 'rejected'],
  ])('%i %o is %s', (status, error, expected) => {
    expect(itemVerdict(status, error).status).toBe(expected);
  });

  it('says why, with the cause', () => {
    const error = {
      type: 'mapper_parsing_exception',
      reason: 'failed',
      caused_by: { type: 'x', reason: 'not a date' },
    };
    expect(itemVerdict(400, error)).toEqual({
      status: 'rejected',
      why: '400 mapper_parsing_exception: failed (not a date)',
    });
  });
});

describe('a whole request', () => {
  it.each([
    [413, {}, 'split'],
    [400, { type: 'action_request_validation_exception' }, 'split'],
    [429, {}, 'retry'],
    [402, {}, 'retry'],
    [408, {}, 'retry'],
    [502, { reason: '<html>Bad gateway</html>' }, 'retry'],
    [403, { type: 'cluster_block_exception' }, 'retry'],
    [401, {}, 'hold'],
    [403, { type: 'security_exception' }, 'hold'],
    [404, {}, 'hold'],
  ])('%i %o is %s', (status, error, expected) => {
    expect(Object.keys(requestAnswer(status, error))).toContain(expected);
  });

  it('hands on how long to wait', () => {
    expect(requestAnswer(429, {}, 5_000)).toMatchObject({ afterMs: 5_000 });
  });
});

describe('what does not answer the request says nothing about it', () => {
  const ok = { create: { status: 201 } };
  it.each([
    ['a broken connection', { broken: 'ECONNRESET' }],
    ['garbage with 200', { status: 200, body: '<html>', retryAfterMs: undefined }],
    ['no items', { status: 200, body: { took: 1 }, retryAfterMs: undefined }],
    ['too few items', { status: 200, body: { items: [ok] }, retryAfterMs: undefined }],
    ['too many items', { status: 200, body: { items: [ok, ok, ok] }, retryAfterMs: undefined }],
  ])('%s is tried again', (_name, answer) => {
    expect(readBulkAnswer(answer, 2)).toHaveProperty('retry');
  });

  it('tries an item without a status again, and only that one', () => {
    const answer = readBulkAnswer({ status: 200, body: { items: [ok, { index: {} }] }, retryAfterMs: undefined }, 2);
    expect(answer).toMatchObject({ items: [{ status: 'ok' }, { status: 'retry' }] });
  });
});
