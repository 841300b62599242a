import { mkdtempSync, readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type ComposeService, composeServices } from '../support/image/compose.ts';
import { newVolume, startContainer } from '../support/image/container.ts';
import { type Container, enclose } from '../support/image/enclosure.ts';
import { testMachine } from '../support/machine.ts';
import { workerOf } from '../support/rig-worker.ts';
import { goTool } from '../support/tools/go.ts';
import { until } from '../support/until.ts';

/** A loopback address of this run's own: the file's ports are fixed, and others may use them here. */
const address = `127.${1 + (process.pid % 250)}.${1 + (Math.floor(process.pid / 250) % 250)}.9`;
const image = inject('image');
const logs = mkdtempSync(join(image.folder, 'compose-'));
const containers: Container[] = [];
const closing: (() => void)[] = [];

/** A way from a port of that address to a part that listens elsewhere. */
const relay = async (port: number, url: string): Promise<void> => {
  const sockets = new Set<Socket>();
  const far = new URL(url);
  const server = createServer((near) => {
    const there = connect(Number(far.port), far.hostname);
    for (const socket of [near, there]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    near.pipe(there).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
};

let services: Readonly<Record<string, ComposeService>>;
beforeAll(async () => {
  services = await composeServices(await goTool(testMachine(), 'compose-go'));
  await relay(8000, inject('dynamodbUrl'));
  await relay(9200, inject('opensearchUrl'));
});

afterAll(async () => {
  await Promise.all(containers.map(({ child }) => child.kill()));
  for (const close of closing) close();
  await fetch(`${inject('opensearchUrl')}/music-events-*`, { method: 'DELETE' });
});

const startKinesis = (logFile: string): Container => {
  const { command = [], user = '', volumes = [] } = services.kinesis ?? {};
  return enclose({
    mounts: volumes.map(({ source, target, read_only }) => ({ host: source, inside: target, writable: !read_only })),
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin', HOST: address },
    user,
    folder: '/',
    command,
    scratch: image.folder,
    logFile,
  });
};

it('what the compose file starts of ours carries events by its own commands, names and ports', async () => {
  const log = join(logs, 'kinesis.log');
  const kinesis = startKinesis(log);
  containers.push(kinesis);
  await until(() => readFileSync(log, 'utf8').includes('live events on'), 30_000);
  const logFile = join(logs, 'shardline.log');
  const service = startContainer({
    image,
    environment: { ...services.shardline?.environment, SHARDLINE_HTTP_HOST: address },
    hosts: Object.fromEntries(['kinesis', 'dynamodb', 'opensearch'].map((name) => [name, address])),
    volume: newVolume(image),
    logFile,
  });
  containers.push(service);
  const worker = workerOf(service.child, logFile);
  expect(await worker.url()).toBe(`http://${address}:8080`);
  await until(async () => (await worker.metric('shardline_documents_indexed_total')) > 20, 60_000, 100);
  expect((await worker.readiness()).status).toBe(200);
  for (const { child } of [service, kinesis]) {
    child.signal('SIGTERM');
    expect(await child.ended).toBe('exit code 0');
  }
});
