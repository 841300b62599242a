import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../../src/local/machine.ts';
import { type ComposeService, composeServices } from '../../support/image/compose.ts';
import { dockerStages, pairs, said } from '../../support/image/dockerfile.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'shardline-compose-'));
afterAll(() => rmSync(folder, { recursive: true }));

let services: Readonly<Record<string, ComposeService>>;
beforeAll(async () => {
  services = await composeServices(inject('tools').composeGo);
});

const all = (): readonly (readonly [string, ComposeService])[] => Object.entries(services);
const mountOf = (service: string, target: string): string =>
  services[service]?.volumes?.find((volume) => volume.target === target)?.source ?? '';

it('is valid by the compose specification, which refuses what it does not know', async () => {
  expect(Object.keys(services).sort()).toEqual(
    ['dashboards', 'dynamodb', 'grafana', 'kinesis', 'opensearch', 'prometheus', 'shardline'].sort(),
  );
  const wrong = join(folder, 'compose.yaml');
  writeFileSync(wrong, readFileSync(join(packageRoot(), 'compose.yaml'), 'utf8').replace('read_only:', 'read_onyl:'));
  await expect(composeServices(inject('tools').composeGo, wrong)).rejects.toThrow('read_onyl');
});

it('takes what it mounts from the project, and opens its ports to this machine only', () => {
  for (const [name, { volumes = [], ports = [] }] of all()) {
    for (const { type, source } of volumes)
      if (type === 'bind')
        expect(existsSync(source) && source.startsWith(packageRoot()), `${name}: ${source}`).toBe(true);
    for (const { host_ip: address } of ports) expect(address, name).toBe('127.0.0.1');
  }
});

it('names each image by its version, Node as the Dockerfile does', () => {
  const images = all().flatMap(([, { image }]) => image ?? []);
  expect(images.filter((image) => !/:v?\d+\.\d+\.\d+(?:-|$)/.test(image))).toEqual([]);
  const { NODE_VERSION } = pairs(said(dockerStages()[0] ?? [], 'ARG'));
  expect(services.kinesis?.image).toBe(`node:${NODE_VERSION}-bookworm-slim`);
});

it('gives what is ours no rights, and the service its own Dockerfile and more time than it takes to stop', () => {
  expect(services.shardline?.build?.context).toBe(packageRoot().replace(/\/$/, ''));
  expect(services.shardline?.stop_grace_period).toBe('30s');
  for (const name of ['shardline', 'kinesis'])
    expect(services[name]).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
});

it('asks only for what stands beside it', () => {
  const asked = all().flatMap(([, { environment = {} }]) =>
    Object.values(environment).flatMap((value) => [...value.matchAll(/https?:\/\/([\w-]+)/g)].map(([, host]) => host)),
  );
  expect(new Set(asked)).toEqual(new Set(['kinesis', 'dynamodb', 'opensearch']));
});

it('has Prometheus read our rules and every worker', async () => {
  const etc = join(folder, 'etc');
  for (const { source, target } of services.prometheus?.volumes ?? []) {
    mkdirSync(dirname(join(etc, target)), { recursive: true });
    cpSync(source, join(etc, target));
  }
  const checked = await run(inject('tools').promtool, ['check', 'config', join(etc, '/etc/prometheus/prometheus.yml')]);
  expect(checked.stdout).toMatch(/SUCCESS: 1 rule files found[\s\S]*SUCCESS: \d+ rules found/);
  const [scrape] = parse(readFileSync(mountOf('prometheus', '/etc/prometheus/prometheus.yml'), 'utf8')).scrape_configs;
  const [{ names, port }] = scrape.dns_sd_configs;
  expect(names).toEqual(['shardline']);
  expect(services.shardline?.ports?.map(({ target }) => target)).toEqual([port]);
});

it('has Grafana show our dashboards, of that Prometheus', () => {
  const provisioning = '/etc/grafana/provisioning';
  const read = (what: string) =>
    parse(readFileSync(mountOf('grafana', `${provisioning}/${what}/shardline.yml`), 'utf8'));
  const [provider] = read('dashboards').providers;
  expect(mountOf('grafana', provider.options.path)).toBe(join(packageRoot(), 'monitoring', 'grafana'));
  const [source] = read('datasources').datasources;
  const port = services.prometheus?.ports?.[0]?.target;
  expect(source).toMatchObject({ type: 'prometheus', url: `http://prometheus:${port}`, isDefault: true });
});
