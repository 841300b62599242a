import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ITEM_ROWS, REQUEST_ROWS } from '../../src/sink/verdict-table.ts';
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts';
import { type Left, play, type Scene, show, writeTransform } from '../support/matrix.ts';
import { type Rig, rig } from '../support/rig.ts';
import { CASES } from './cases.ts';

let proxy: FaultProxy;
let world: Rig;
let scene: Scene;
const left: Left[] = [];

beforeAll(async () => {
  proxy = await faultProxy(inject('opensearchUrl'));
  world = await rig({ shards: 1 });
  const worker = world.worker({
    SHARDLINE_OPENSEARCH_NODE: proxy.url,
    SHARDLINE_OPENSEARCH_REQUEST_TIMEOUT: '2s',
    SHARDLINE_TRANSFORM: writeTransform(world.folder, `${world.prefix}-state`),
  });
  scene = { world, proxy, worker };
});

afterAll(async () => {
  show(left);
  await world[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

describe('every verdict, on a real OpenSearch', () => {
  it.each(CASES.map((one, number) => [one.name, number, one] as const))('%s', async (_, number, one) => {
    const found = await play(scene, number, one);
    left.push(found);
    const letters = one.letters ?? {};
    const lost = Object.values(letters).reduce((sum, count) => sum + count, 0);
    const events = typeof one.events === 'function' ? one.events('').length : (one.events ?? 200);
    expect(found).toMatchObject({ documents: one.documents ?? events - lost, letters, rewritten: 0 });
  });

  it('leaves out no row of the table; that of TLS is met in tls.test.ts', () => {
    const rows = [...ITEM_ROWS.map(([name]) => `item ${name}`), ...REQUEST_ROWS.map(([name]) => `request ${name}`)];
    expect(new Set([...CASES.flatMap((one) => one.rows), 'request tls'])).toEqual(new Set(rows));
  });
});
