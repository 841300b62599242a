import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { type Certificate, certificateAuthority } from '../support/certificates.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { play, writeTransform } from '../support/matrix.ts';
import { rig } from '../support/rig.ts';

const pairOf = ({ cert, key }: Certificate) => ({ cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') });

const folder = mkdtempSync(join(tmpdir(), 'shardline-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a certificate that is not trusted holds everything, and a trusted one lets it go on', async () => {
  const ours = certificateAuthority(join(folder, 'ours'), 'ours');
  const trusted = pairOf(ours.issue('server'));
  const stranger = pairOf(certificateAuthority(join(folder, 'theirs'), 'theirs').issue('server'));
  await using proxy = await faultProxy(inject('opensearchUrl'), trusted);
  await using world = await rig({ shards: 1 });
  const worker = world.worker({
    SHARDLINE_OPENSEARCH_NODE: proxy.url,
    SHARDLINE_OPENSEARCH_CA_FILE: ours.cert,
    SHARDLINE_TRANSFORM: writeTransform(world.folder),
  });
  const scene = { world, proxy, worker };
  const clean = { duplicates: 0, letters: {}, rewritten: 0 };
  const before = await play(scene, 0, { name: 'a trusted certificate', rows: [], events: 10 });
  expect(before).toMatchObject({ documents: 10, ...clean });
  const left = await play(scene, 1, {
    name: 'a certificate that is not trusted',
    rows: ['request tls'],
    begin: () => proxy.useCertificate(stranger),
    end: () => proxy.useCertificate(trusted),
    tells: /nothing is indexed since .*certificate/,
  });
  expect(left).toMatchObject({ documents: 200, ...clean });
});
