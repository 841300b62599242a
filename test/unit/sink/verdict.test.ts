import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBulkAnswer } from '../../../src/sink/opensearch/bulk-answer.ts';
import { findRow, itemVerdict, requestAnswer } from '../../../src/sink/verdict.ts';
import { ITEM_ROWS, REQUEST_ROWS, type Row } from '../../../src/sink/verdict-table.ts';
import { deliveries } from '../../support/deliveries.ts';

const block = { type: 'cluster_block_exception', reason: 'index [e] blocked by: [FORBIDDEN/8/index write (api)];' };
const shards = {
  type: 'validation_exception',
  reason: 'this action would add [2] total shards, but this cluster currently has [1000]/[1000] maximum shards open;',
};
const denied = { type: 'security_exception', reason: 'no permissions for [indices:data/write/bulk[s]]' };
const conflict = (reason: string, id = 'a') => ({
  type: 'version_conflict_engine_exception',
  reason: `[${id}]: version conflict, ${reason}`,
});
const mapper = { type: 'mapper_parsing_exception', reason: 'failed to parse field [n]' };

describe('one item', () => {
  const examples: readonly (readonly [row: string, status: number, error: object | undefined, verdict: string])[] = [
    ['dropped', 200, undefined, 'dropped'],
    ['written', 201, undefined, 'ok'],
    ['baseless', 409, conflict('document does not exist (expected version [77])'), 'rejected'],
    ['exists', 409, { type: 'version_conflict_engine_exception', reason: 'document already exists' }, 'exists'],
    ['blocked', 403, block, 'sick'],
    ['blocked', 429, block, 'sick'],
    ['shard-limit', 400, shards, 'sick'],
    ['shard-limit', 400, { reason: 'cluster currently has [9]/[9] maximum LOCAL_ONLY shards open;' }, 'sick'],
    ['closed', 400, { type: 'index_closed_exception', reason: 'closed' }, 'sick'],
    ['no-pipeline', 400, { type: 'illegal_argument_exception', reason: 'pipeline with id [p] does not exist' }, 'sick'],
    ['failed', 500, { type: 'fail_processor_exception', reason: 'no good' }, 'rejected'],
    ['missing', 404, { type: 'index_not_found_exception', reason: 'no such index [e]' }, 'sick'],
    ['unavailable', 503, { type: 'unavailable_shards_exception', reason: 'primary shard is not active' }, 'sick'],
    ['busy', 429, { type: 'rejected_execution_exception', reason: 'queue full' }, 'retry'],
    ['busy', 402, { type: 'x', reason: 'maximum OCU capacity reached' }, 'retry'],
    ['busy', 408, {}, 'retry'],
    ['failing', 500, { type: 'boom', reason: 'boom' }, 'retry'],
    ['credentials', 401, denied, 'hold'],
    [
      'no-ids',
      400,
      {
        type: 'illegal_argument_exception',
        reason: 'Document ID is not supported in create/index operation request',
      },
      'hold',
    ],
    ['permission', 403, denied, 'forbidden'],
    ['refused', 400, mapper, 'rejected'],
    ['refused', 400, { type: 'invalid_index_name_exception', reason: 'must be lowercase' }, 'rejected'],
    ['unclear', 201, { type: 'odd', reason: 'an error beside a success' }, 'retry'],
    ['unclear', 0, undefined, 'retry'],
  ];

  const versioned: readonly (readonly [...(typeof examples)[number], asked: string])[] = [
    ['dropped', 200, undefined, 'dropped', 'index noop'],
    ['written', 201, undefined, 'ok', 'index created'],
    ['written', 200, undefined, 'ok', 'index updated'],
    ['written', 200, undefined, 'ok', 'index'],
    ['stale', 409, conflict('current version [5] is higher than the one provided [4]'), 'stale', 'index'],
    [
      'no-pipeline',
      500,
      { type: 'illegal_state_exception', reason: 'Pipeline processor configured for non-existent pipeline [p]' },
      'sick',
      'index',
    ],
  ];

  it.each(examples)('%s: %i %o is %s', (row, status, error, verdict) => {
    expect(findRow(ITEM_ROWS, status, error, 'create')[0]).toBe(row);
    expect(itemVerdict(status, error).status).toBe(verdict);
  });

  it.each(versioned)('%s: %i %o is %s for %s', (row, status, error, verdict, asked) => {
    expect(findRow(ITEM_ROWS, status, error, asked)[0]).toBe(row);
    expect(itemVerdict(status, error, asked).status).toBe(verdict);
  });

  it('does not take words of the document for those of OpenSearch', () => {
    const spoken = 'pipeline with id [x] does not exist fail_processor_exception';
    expect(itemVerdict(400, { ...mapper, reason: `failed to parse '${spoken}'` })).toMatchObject({
      status: 'rejected',
    });
    expect(itemVerdict(500, { type: 'boom', reason: spoken })).toMatchObject({ status: 'retry' });
    const id = 'a]: version conflict, document does not exist (expected version [1])';
    const taken = `[${id}]: version conflict, document already exists (current version [1])`;
    expect(itemVerdict(409, { ...conflict(''), reason: taken })).toEqual({ status: 'exists', id });
  });

  it('tells where the id is taken: a pipeline may have changed both', () => {
    const error = { ...conflict('document already exists (current version [1])', 'other'), index: 'elsewhere' };
    expect(itemVerdict(409, error)).toEqual({ status: 'exists', index: 'elsewhere', id: 'other' });
    expect(itemVerdict(409, {})).toEqual({ status: 'exists' });
  });

  it('has an example of every row', () => {
    const shown = new Set([...examples, ...versioned].map(([row]) => row));
    expect([...shown].sort()).toEqual(ITEM_ROWS.map(([row]) => row).sort());
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
  const examples: readonly (readonly [row: string, status: number | undefined, error: object, answer: string])[] = [
    ['tls', undefined, { reason: 'ConnectionError: self-signed certificate' }, 'hold'],
    [
      'tls',
      undefined,
      { reason: 'ConnectionError: write EPROTO 00:error:0A00010B:SSL routines::wrong version' },
      'hold',
    ],
    ['tls', undefined, { reason: "ConnectionError: Hostname/IP does not match certificate's altnames" }, 'hold'],
    ['no-answer', undefined, { reason: 'ConnectionError: connect ECONNREFUSED 127.0.0.1:9200' }, 'retry'],
    ['no-answer', undefined, { reason: 'TimeoutError: Request timed out' }, 'retry'],
    ['no-answer', undefined, { reason: 'socket disconnected before secure TLS connection was established' }, 'retry'],
    ['blocked', 403, block, 'retry'],
    ['shard-limit', 400, shards, 'retry'],
    ['too-large', 413, {}, 'split'],
    ['busy', 429, {}, 'retry'],
    ['busy', 402, {}, 'retry'],
    ['busy', 408, {}, 'retry'],
    ['failing', 502, { reason: '<html>Bad gateway</html>' }, 'retry'],
    ['failing', 503, {}, 'retry'],
    ['refused', 400, { type: 'illegal_argument_exception' }, 'split'],
    ['credentials', 401, {}, 'hold'],
    ['permission', 403, denied, 'hold'],
    ['garbage', 200, { reason: 'the answer is not that of a bulk request' }, 'retry'],
    ['elsewhere', 404, {}, 'hold'],
    ['elsewhere', 301, {}, 'hold'],
  ];

  it.each(examples)('%s: %s %o is %s', (row, status, error, answer) => {
    expect(findRow(REQUEST_ROWS, status, error)[0]).toBe(row);
    expect(Object.keys(requestAnswer(status, error))).toContain(answer);
  });

  it('has an example of every row', () => {
    expect([...new Set(examples.map(([row]) => row))]).toEqual(REQUEST_ROWS.map(([row]) => row));
  });

  it('tells a request that is too large from one that is refused', () => {
    expect(requestAnswer(413, {})).toMatchObject({ tooLarge: true });
    expect(requestAnswer(400, {})).toMatchObject({ tooLarge: false });
  });

  it('hands on how long to wait', () => {
    expect(requestAnswer(429, {}, 5_000)).toMatchObject({ afterMs: 5_000 });
  });
});

describe('what does not answer the request says nothing about it', () => {
  const ok = { create: { status: 201 } };
  const two = deliveries(2);
  it.each([
    ['a broken connection', { broken: 'ECONNRESET' }],
    ['garbage with 200', { status: 200, body: '<html>', retryAfterMs: undefined }],
    ['no items', { status: 200, body: { took: 1 }, retryAfterMs: undefined }],
    ['too few items', { status: 200, body: { items: [ok] }, retryAfterMs: undefined }],
    ['too many items', { status: 200, body: { items: [ok, ok, ok] }, retryAfterMs: undefined }],
  ])('%s is tried again', (_name, answer) => {
    expect(readBulkAnswer(answer, two)).toHaveProperty('retry');
  });

  it('tries an item without a status again, and only that one', () => {
    const answer = readBulkAnswer({ status: 200, body: { items: [ok, { create: {} }] }, retryAfterMs: undefined }, two);
    expect(answer).toMatchObject({ items: [{ status: 'ok' }, { status: 'retry' }] });
  });
});

describe('what pipelines failed or dropped', () => {
  const answerOf = (...items: readonly object[]) => ({ status: 200, body: { items }, retryAfterMs: undefined });
  const ok = { create: { _id: 'd0', status: 201 } };
  const dropped = (_id?: string) => ({ create: { _id, status: 200 } });
  const failed = (_id?: string) => ({
    create: { _id, status: 400, error: { type: 'script_exception', reason: 'null' } },
  });
  const statuses = (...items: readonly object[]) => {
    const answer = readBulkAnswer(answerOf(...items), deliveries(items.length));
    return 'items' in answer ? answer.items.map(({ status }) => status) : answer;
  };

  it('is told by the id, in whatever order it comes', () => {
    expect(statuses(ok, dropped('d2'), failed('d1'))).toEqual(['ok', 'rejected', 'dropped']);
    expect(statuses(ok, failed('d1'), dropped('d2'))).toEqual(['ok', 'rejected', 'dropped']);
  });

  it('is asked again where there is no id, unless it makes no difference', () => {
    expect(statuses(ok, dropped(), failed())).toEqual(['ok', 'retry', 'retry']);
    expect(statuses(ok, failed(), failed())).toEqual(['ok', 'retry', 'retry']);
    expect(statuses(ok, dropped(), dropped())).toEqual(['ok', 'dropped', 'dropped']);
    expect(statuses(ok, failed())).toEqual(['ok', 'rejected']);
  });

  it('is not guessed at when the ids are of other documents', () => {
    expect(statuses(ok, dropped('x'), failed('d1'))).toEqual(['ok', 'rejected', 'retry']);
  });

  it('is told by the id also where a pipeline fails as an index might', () => {
    const tripped = (_id?: string) => ({
      create: { _id, status: 429, error: { type: 'circuit_breaking_exception', reason: 'too many compilations' } },
    });
    expect(statuses(ok, dropped('d2'), tripped('d1'))).toEqual(['ok', 'retry', 'dropped']);
    expect(statuses(ok, dropped(), tripped())).toEqual(['ok', 'retry', 'retry']);
  });

  it('leaves in its place what an index refused under an id that a pipeline gave it', () => {
    const renamed = { create: { _id: 'new', status: 400, error: mapper } };
    expect(statuses(dropped('d0'), renamed)).toEqual(['dropped', 'rejected']);
  });

  it('is nothing that an index refused: that is in its place', () => {
    const taken = { create: { status: 409, error: { ...conflict('document already exists (1)'), index: 'e' } } };
    const wrong = { create: { status: 400, error: mapper } };
    const busy = { create: { status: 429, error: { type: 'rejected_execution_exception', reason: 'full' } } };
    expect(statuses(wrong, taken, busy, wrong)).toEqual(['rejected', 'exists', 'retry', 'rejected']);
  });
});

describe('docs/delivery.md', () => {
  const page = readFileSync(new URL('../../../docs/delivery.md', import.meta.url), 'utf8');
  const code = (text: string) => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``);
  const lines = (rows: readonly Row<string>[]) =>
    rows.map(([name, statuses, words, action, because]) => {
      const said = words === '-' ? 'no error' : code(words);
      return `| \`${name}\` | ${statuses} | ${said} | ${action} | ${because} |`;
    });

  it('shows the rows as they are, in their order', () => {
    const shown = page.split('\n').filter((line) => line.startsWith('| `'));
    expect(shown).toEqual([...lines(REQUEST_ROWS), ...lines(ITEM_ROWS)]);
  });
});
