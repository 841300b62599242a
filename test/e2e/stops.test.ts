import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { event } from '../support/event.ts';
import { rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const events = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => event(`e${from + i}`));

/** A way to a server that can be made to swallow everything, as a network without an answer does. */
const wayThatCanHang = async (url: string) => {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let hangs = false;
  const server = createServer((socket) => {
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [socket, far],
      [far, socket],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => void (hangs || to.write(bytes)));
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    hang: () => {
      hangs = true;
    },
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

describe('a worker that is stopped in mid-load', () => {
  it('by SIGTERM ten times: every event once, every version 1, exit code 0', { timeout: 180_000 }, async () => {
    await using world = await rig();
    const slowly = { SHARDLINE_OPENSEARCH_BULK_DOCUMENTS: '50', SHARDLINE_OPENSEARCH_BULK_IN_FLIGHT: '1' };
    const load = new AbortController();
    let total = 0;
    const feed = (async () => {
      while (!load.signal.aborted) {
        total += await world.put(events(total, total + 200));
        await delay(100);
      }
    })();
    for (let life = 0; life < 10; life += 1) {
      const before = await world.count();
      const worker = world.worker(slowly);
      await until(async () => (await world.count()) > before, 30_000);
      worker.child.signal('SIGTERM');
      expect(await worker.child.ended, worker.log().slice(-2_000)).toBe('exit code 0');
    }
    load.abort();
    await feed;
    const last = world.worker();
    await until(async () => (await world.count()) === total, 60_000);
    last.child.signal('SIGTERM');
    expect(await last.child.ended).toBe('exit code 0');
    const hits = await world.hits();
    expect(new Set(hits.map(({ id }) => id)).size).toBe(total);
    expect(hits.filter(({ version }) => version !== 1)).toEqual([]);
    expect(world.letters()).toEqual([]);
  });

  it('by SIGKILL: its successor waits for the lease to expire, repeats a little, changes nothing', {
    timeout: 120_000,
  }, async () => {
    await using world = await rig();
    await world.put(events(0, 10_000));
    const first = world.worker({ SHARDLINE_OPENSEARCH_BULK_DOCUMENTS: '50' });
    await until(async () => (await world.count()) > 500, 30_000);
    await first.child.kill();
    const second = world.worker();
    await until(async () => (await world.count()) === 10_000, 60_000);
    await until(async () => (await second.metric('shardline_documents_duplicate_total')) > 0);
    const hits = await world.hits();
    expect(hits.filter(({ version }) => version !== 1)).toEqual([]);
    expect(world.letters()).toEqual([]);
  });

  it('by a second signal ends at once, and nothing is lost', { timeout: 120_000 }, async () => {
    await using world = await rig();
    await world.put(events(0, 5_000));
    const worker = world.worker({
      SHARDLINE_OPENSEARCH_NODE: 'http://127.0.0.1:9',
      SHARDLINE_OPENSEARCH_TEMPLATE: 'off',
    });
    await until(async () => (await worker.metric('shardline_records_read_total')) > 0, 30_000);
    worker.child.signal('SIGTERM');
    await until(() => worker.log().includes('stopping'));
    worker.child.signal('SIGTERM');
    expect(await worker.child.ended).toBe('exit code 1');
    world.worker();
    await until(async () => (await world.count()) === 5_000, 60_000);
  });

  it('while nothing answers it: livez 200, readyz 503 with every reason, SIGTERM still exits 0', {
    timeout: 60_000,
  }, async () => {
    await using world = await rig();
    const nowhere = 'http://127.0.0.1:9';
    const worker = world.worker({
      SHARDLINE_OPENSEARCH_NODE: nowhere,
      AWS_ENDPOINT_URL_KINESIS: nowhere,
      AWS_ENDPOINT_URL_DYNAMODB: nowhere,
    });
    const url = await worker.url();
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const { status, text } = await worker.readiness();
    expect(status).toBe(503);
    const { probes } = JSON.parse(text) as { probes: { name: string; ok: boolean; reason?: string }[] };
    expect(probes.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['opensearch', 'kinesis', 'lease-table', 'delivery']),
    );
    worker.child.signal('SIGTERM');
    expect(await worker.child.ended).toBe('exit code 0');
  });

  it('while OpenSearch swallows every request says so, lives on, and SIGTERM still exits 0', {
    timeout: 60_000,
  }, async () => {
    await using world = await rig();
    using way = await wayThatCanHang(world.opensearchUrl);
    await world.put(events(0, 500));
    const worker = world.worker({ SHARDLINE_OPENSEARCH_NODE: way.url, SHARDLINE_SHUTDOWN_TIMEOUT: '3s' });
    await until(async () => (await world.count()) === 500, 30_000);
    way.hang();
    await world.put(events(500, 1_000));
    await until(async () => (await worker.metric('shardline_bulk_requests_in_flight')) > 0);
    await until(async () => (await worker.readiness()).status === 503, 15_000, 500);
    expect((await worker.readiness()).text).toContain('no answer within 3 s');
    worker.child.signal('SIGTERM');
    expect(await worker.child.ended).toBe('exit code 0');
    const next = world.worker();
    await until(async () => (await world.count()) === 1_000, 30_000);
    next.child.signal('SIGTERM');
    expect(await next.child.ended).toBe('exit code 0');
  });

  it('while the lease table swallows every request ends within its shutdown time, exit code 0', {
    timeout: 60_000,
  }, async () => {
    await using world = await rig();
    using table = await wayThatCanHang(inject('dynamodbUrl'));
    await world.put(events(0, 500));
    const worker = world.worker({
      AWS_ENDPOINT_URL_DYNAMODB: table.url,
      SHARDLINE_LEASES_FAILOVER: '1m',
      SHARDLINE_SHUTDOWN_TIMEOUT: '3s',
    });
    await until(async () => (await world.count()) === 500, 30_000);
    table.hang();
    const toldAt = performance.now();
    worker.child.signal('SIGTERM');
    expect(await worker.child.ended).toBe('exit code 0');
    expect(performance.now() - toldAt).toBeLessThan(5_000);
    expect(worker.log()).toContain('the shutdown time is used up');
  });

  it('before it is even up exits 0', { timeout: 60_000 }, async () => {
    await using world = await rig();
    const worker = world.worker();
    await until(() => worker.child.alive());
    worker.child.signal('SIGTERM');
    expect(await worker.child.ended).toMatch(/exit code 0|signal SIGTERM/);
  });
});
