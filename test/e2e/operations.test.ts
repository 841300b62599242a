import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emfDocument } from '../support/emf-schema.ts';
import { rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

/** What a user would write: events as they come, and the state of people beside them. */
const transformText = (prefix: string): string => `
  import { defineTransform, type Document } from 'shardline';
  interface Change { readonly op?: 'index' | 'delete' | 'update'; readonly id: string; readonly v?: number; readonly n?: number }
  const USERS = '${prefix}-users';
  export default defineTransform({
    name: 'people',
    indices: [USERS],
    template: { version: 2, mappings: { properties: { n: { type: 'long' } } } },
    apply({ value, arrived }) {
      const { op, id, v, n } = value as Change;
      const place = { id, timestamp: arrived, index: USERS, routing: 'team ' + id.length };
      if (op === undefined) return [{ id, timestamp: new Date('2026-01-02T03:04:05Z'), body: { n }, pipeline: '${prefix}' }];
      if (op === 'delete') return [{ ...place, op, version: BigInt(v ?? 0) }];
      const version = v === undefined ? undefined : BigInt(v);
      return [{ ...place, op, version, body: { n } } as Document];
    },
  });`;

const EMF = { SHARDLINE_METRICS_EMF: 'stdout', SHARDLINE_METRICS_EMF_INTERVAL: '1s' };

/** The same counts, as CloudWatch makes them of the log. */
const inCloudWatch = (log: string) => {
  const lines = log.split('\n').filter((line) => line.startsWith('{"_aws":'));
  const documents = lines.map((line) => emfDocument.parse(JSON.parse(line)));
  const sum = (name: string) => documents.reduce((total, document) => total + Number(document[name]), 0);
  return { written: sum('DocumentsIndexed'), duplicate: sum('DocumentsDuplicate'), letters: sum('DeadLetters') };
};

describe('a transform of a user', () => {
  it('keeps the newest state of each thing, in whatever order and however often its changes come', {
    timeout: 120_000,
  }, async () => {
    await using world = await rig({ shards: 2 });
    const { prefix, opensearchUrl } = world;
    const call = (path: string, method: string, body: object) =>
      fetch(opensearchUrl + path, {
        method,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
    const processors = [{ drop: { if: 'ctx.n == 13' } }, { set: { field: 'piped', value: true } }];
    expect((await call(`/_ingest/pipeline/${prefix}`, 'PUT', { processors })).status).toBe(200);
    writeFileSync(join(world.folder, 'people.ts'), transformText(prefix));

    const changes = [
      { op: 'index', id: 'ann', v: 3, n: 3 },
      { op: 'index', id: 'ann', v: 1, n: 1 },
      { op: 'delete', id: 'bo', v: 2 },
      { op: 'index', id: 'bo', v: 1, n: 1 },
      { op: 'index', id: 'ann', v: 2, n: 2 },
      { op: 'delete', id: 'cleo', v: 1 },
      { op: 'index', id: 'cleo', v: 2, n: 2 },
    ];
    const events = [
      { id: 'e1', n: 1 },
      { id: 'e13', n: 13 },
    ];
    const wrong = [
      { op: 'update', id: 'ann', v: 9, n: 9 },
      { op: 'index', id: 'ann', n: 9 },
    ];
    await world.put([...changes, ...events, ...wrong].map((each) => JSON.stringify(each)));

    const settled = async (environment: Readonly<Record<string, string>>) => {
      const worker = world.worker({ SHARDLINE_TRANSFORM: './people.ts', ...EMF, ...environment });
      const count = (name: string) => worker.metric(`shardline_documents_${name}_total`);
      const counts = async () => ({
        written: await count('indexed'),
        duplicate: await count('duplicate'),
        stale: await count('stale'),
        dropped: await count('dropped'),
        letters: await worker.metric('shardline_dead_letters_total'),
      });
      await until(async () => Object.values(await counts()).reduce((a, b) => a + b) >= 11, 60_000);
      const counted = await counts();
      worker.child.signal('SIGTERM');
      expect(await worker.child.ended, worker.log().slice(-2_000)).toBe('exit code 0');
      const { written, duplicate, letters } = counted;
      expect(inCloudWatch(worker.log())).toEqual({ written, duplicate, letters });
      return counted;
    };
    const state = async () =>
      (await world.hits()).map(({ index, id, version, source: { n, piped, ingest } }) => {
        const { deleted } = ingest as { deleted?: boolean };
        return { index: index.slice(prefix.length + 1), id, version, n, piped, deleted };
      });

    const first = await settled({});
    expect(first).toMatchObject({ duplicate: 0, dropped: 1, letters: 2 });
    expect(first.written + first.stale).toBe(8);
    const expected = [
      { index: '2026.01.02', id: 'e1', version: 1, n: 1, piped: true },
      { index: 'users', id: 'ann', version: 3, n: 3 },
      { index: 'users', id: 'bo', version: 2, deleted: true },
      { index: 'users', id: 'cleo', version: 2, n: 2 },
    ];
    expect(await state()).toEqual(expected.map((each) => expect.objectContaining(each)));
    expect(await state()).toHaveLength(4);
    const letters = () => world.letters().map(({ reason, message }) => [reason, message.split(/[,;:]/)[0]]);
    expect(letters().sort()).toEqual([
      ['document-operation', 'op index needs a version from the event'],
      ['document-operation', 'the op is update'],
    ]);

    // Everything once more, from the beginning of the stream: nothing changes.
    const second = await settled({
      SHARDLINE_APPLICATION: `${prefix}-again`,
      SHARDLINE_OPENSEARCH_TEMPLATE: 'off',
    });
    expect(second).toMatchObject({ duplicate: 1, dropped: 1, letters: 2 });
    expect(second.written + second.stale).toBe(7);
    expect(await state()).toEqual(expected.map((each) => expect.objectContaining(each)));

    // What these documents are, the commands that compare and copy cannot know yet: they say so instead of guessing.
    const mine = { SHARDLINE_TRANSFORM: './people.ts', SHARDLINE_OPENSEARCH_TEMPLATE: 'off' };
    const [from, to] = [new Date(Date.now() - 3_600_000).toISOString(), new Date().toISOString()];
    const commands = [
      world.command(['audit', '--from', from, '--to', to, '--no-letters'], mine),
      world.command(['replay', '--from', from, '--to', to, '--into', `${prefix}-again-{yyyy}`], mine),
    ];
    const [audited, replayed] = await Promise.all(commands.map(({ ended }) => ended));
    expect(audited).toMatchObject({ code: 1, err: expect.stringContaining('only plain documents can be audited') });
    expect(replayed).toMatchObject({ code: 1, err: expect.stringContaining(`(${prefix}-users)`) });
    expect(await state()).toHaveLength(4);

    // What is deleted is found by those who ask for it, and left out by those who do not.
    const query = (must_not: object[]) => call(`/${prefix}-users/_count`, 'POST', { query: { bool: { must_not } } });
    const alive = await (await query([{ term: { 'ingest.deleted': true } }])).json();
    expect(alive).toMatchObject({ count: 2 });
  });
});
