import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestIn } from '../../../src/core/delivery.ts';
import type { Special } from '../../../src/core/message.ts';
import { openSearchTarget } from '../../../src/sink/opensearch/bulk-target.ts';
import { openSearchClient } from '../../../src/sink/opensearch/client.ts';
import { fixed } from '../../../src/sink/opensearch/reread.ts';
import { basicSignIn } from '../../../src/sink/opensearch/sign-in.ts';
import { certificateAuthority } from '../../support/certificates.ts';
import { delivery, special } from '../../support/deliveries.ts';
import { examineHere } from '../../support/doctor.ts';
import { documentedRole } from '../../support/documented-role.ts';
import { event } from '../../support/event.ts';
import { type Rig, rig } from '../../support/rig.ts';
import type { RigWorker } from '../../support/rig-worker.ts';
import { type SecureOpenSearch, secureOpenSearch } from '../../support/secure-opensearch.ts';
import { until } from '../../support/until.ts';

const PATIENT = 60_000;
const EVENTS = 300;

let secure: SecureOpenSearch;

beforeAll(async () => {
  secure = await secureOpenSearch();
}, 240_000);

afterAll(() => secure[Symbol.asyncDispose]());

const events = (from: number) => Array.from({ length: EVENTS }, (_, i) => event(`e${from + i}`));

const count = async (world: Rig): Promise<number> => {
  await secure.admin('POST', `/${world.prefix}-*/_refresh`);
  const answer = await secure.admin('GET', `/${world.prefix}-*/_count`);
  return (answer as { readonly count: number }).count;
};

const arrived = (world: Rig, documents: number) => until(async () => (await count(world)) === documents, PATIENT, 100);

const ready = (worker: RigWorker) => until(async () => (await worker.readiness()).status === 200, PATIENT, 100);

/** What a worker that is not ready says, once it says `why`. */
const unready = (worker: RigWorker, why: RegExp) =>
  until(
    async () => {
      const { status, text } = await worker.readiness();
      return status === 503 && why.test(text) ? text : undefined;
    },
    PATIENT,
    100,
  );

/** Everything that a worker shows to anybody. */
const shown = async (worker: RigWorker): Promise<string> => {
  const url = await worker.url();
  const pages = ['/', '/readyz', '/livez', '/metrics', '/api/status'].map(async (path) =>
    (await fetch(`${url}${path}`)).text(),
  );
  return [worker.log(), ...(await Promise.all(pages))].join('\n');
};

describe('a password in a file', () => {
  it('is read again when it is changed and changed back; the worker keeps what it has, says why and goes on', {
    timeout: 240_000,
  }, async () => {
    const [first, second] = ['first-Passphrase-4711', 'second-Passphrase-0815'];
    await using world = await rig({ opensearchUrl: secure.url });
    // With no right more than documented.
    await secure.admin('PUT', `/_plugins/_security/api/roles/${world.prefix}`, documentedRole('worker', world.prefix));
    const setPassword = (password: string) => secure.user('rotated', password, world.prefix);
    await setPassword(first);
    const file = join(world.folder, 'password');
    writeFileSync(file, `${first}\n`);
    const worker = world.worker({
      SHARDLINE_OPENSEARCH_AUTH: 'basic',
      SHARDLINE_OPENSEARCH_USERNAME: 'rotated',
      SHARDLINE_OPENSEARCH_PASSWORD_FILE: file,
      SHARDLINE_OPENSEARCH_CA_FILE: secure.authority.cert,
    });
    await world.put(events(0));
    await arrived(world, EVENTS);

    await setPassword(second);
    await world.put(events(EVENTS));
    const refused = await unready(worker, /nothing is indexed since/);
    expect(refused).toContain(`as rotated with the password of ${file}`);
    expect(refused).toContain('401');
    expect(await count(world)).toBe(EVENTS);
    writeFileSync(file, second);
    await arrived(world, 2 * EVENTS);
    await ready(worker);

    // Back again, and this time the file is ahead of the cluster.
    writeFileSync(file, first);
    await world.put(events(2 * EVENTS));
    await unready(worker, /401/);
    await setPassword(first);
    await arrived(world, 3 * EVENTS);
    await ready(worker);

    // The same again: the stored digests are read, and nothing changes.
    await world.put(events(0));
    await until(async () => (await worker.metric('shardline_documents_duplicate_total')) === EVENTS, PATIENT, 100);
    expect(await count(world)).toBe(3 * EVENTS);

    expect(world.letters()).toEqual([]);
    const everything = await shown(worker);
    for (const secret of [first, second]) {
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(Buffer.from(`rotated:${secret}`).toString('base64'));
    }
    expect(everything).toContain('files have changed');
  });
});

describe('the documented role', () => {
  it('suffices for versions, tombstones, routing and pipelines', async () => {
    const prefix = `role-${process.pid}`;
    await secure.admin('PUT', `/_ingest/pipeline/${prefix}`, {
      processors: [{ set: { field: 'piped', value: true } }],
    });
    await secure.admin('PUT', `/_plugins/_security/api/roles/${prefix}`, documentedRole('worker', prefix));
    await secure.user('scribe', 'many-Versions-4711', prefix);
    const client = openSearchClient({
      node: secure.url,
      signIn: basicSignIn('scribe', fixed('many-Versions-4711'), 'here'),
      tls: fixed({ ca: readFileSync(secure.authority.cert, 'utf8'), cert: undefined, key: undefined }),
      gzip: false,
      requestTimeoutMs: 20_000,
    });
    const target = openSearchTarget({ client, bulkTimeoutMs: 5_000 });
    const one = (id: string, more: Partial<Special>) =>
      delivery(id, { index: `${prefix}-users`, special: special(more) });
    const batch = [
      one('a', { op: 'index', version: 5n }),
      one('a', { op: 'delete', version: 6n }),
      one('a', { op: 'index', version: 5n }),
      one('b', { routing: 'r', pipeline: prefix }),
    ];
    const never = new AbortController().signal;
    const answer = await target.write(batch, never);
    const digests = await target.digests(batch, never);
    await client.close();
    expect(answer).toEqual({ items: [{ status: 'ok' }, { status: 'ok' }, { status: 'stale' }, { status: 'ok' }] });
    expect(digests).toEqual(batch.map(digestIn));
  });
});

describe('the authority of the certificate', () => {
  it('must be known: others are refused with the reason until the file has the right one', {
    timeout: 120_000,
  }, async () => {
    await secure.user('careful', 'wary-Passphrase-4711', 'all_access');
    await using world = await rig({ opensearchUrl: secure.url });
    const stranger = certificateAuthority(join(world.folder, 'stranger'), 'stranger');
    const file = join(world.folder, 'ca.pem');
    copyFileSync(stranger.cert, file);
    const worker = world.worker({
      SHARDLINE_OPENSEARCH_AUTH: 'basic',
      SHARDLINE_OPENSEARCH_USERNAME: 'careful',
      SHARDLINE_OPENSEARCH_PASSWORD: 'wary-Passphrase-4711',
      SHARDLINE_OPENSEARCH_CA_FILE: file,
    });
    await world.put(events(0));
    expect(await unready(worker, /certificate/)).toMatch(/does not answer: ConnectionError: .*certificate/);
    copyFileSync(secure.authority.cert, file);
    await arrived(world, EVENTS);
    await ready(worker);
    expect(await shown(worker)).not.toContain('wary-Passphrase-4711');
  });
});

describe('a client certificate', () => {
  it('signs in without a password, and is replaced while the worker runs', { timeout: 240_000 }, async () => {
    await secure.admin('PUT', '/_plugins/_security/api/rolesmapping/all_access', {
      backend_roles: ['admin'],
      users: ['carrier'],
    });
    await using world = await rig({ opensearchUrl: secure.url });
    const carrier = secure.authority.issue('carrier');
    const nobody = secure.authority.issue('nobody');
    const [cert, key] = [join(world.folder, 'client.pem'), join(world.folder, 'client.key')];
    const present = (who: { readonly cert: string; readonly key: string }) => {
      copyFileSync(who.cert, cert);
      copyFileSync(who.key, key);
    };
    present(carrier);
    const worker = world.worker({
      SHARDLINE_OPENSEARCH_AUTH: 'none',
      SHARDLINE_OPENSEARCH_CERT_FILE: cert,
      SHARDLINE_OPENSEARCH_KEY_FILE: key,
      SHARDLINE_OPENSEARCH_CA_FILE: secure.authority.cert,
    });
    await world.put(events(0));
    await arrived(world, EVENTS);

    present(nobody);
    // Until the worker has looked at the files again, what comes is written in the old name.
    await unready(worker, /403/);
    await world.put(events(EVENTS));
    const refused = await unready(worker, /nothing is indexed since/);
    expect(refused).toContain('403');
    expect(refused).toContain('by our client certificate');
    present(carrier);
    await arrived(world, 2 * EVENTS);
    await ready(worker);
    expect(world.letters()).toEqual([]);
    expect(await shown(worker)).not.toContain('PRIVATE KEY');
  });
});

describe('shardline doctor', () => {
  it('gives the IAM role of the workers what they need inside OpenSearch, and takes nothing from others', {
    timeout: 180_000,
  }, async () => {
    await using world = await rig({ opensearchUrl: secure.url });
    const [arn, password] = ['arn:aws:iam::123456789012:role/shardline-worker', 'mapped-Passphrase-4711'];
    const as = (user: string, secret: string) => ({
      SHARDLINE_OPENSEARCH_AUTH: 'basic',
      SHARDLINE_OPENSEARCH_USERNAME: user,
      SHARDLINE_OPENSEARCH_PASSWORD: secret,
      SHARDLINE_OPENSEARCH_CA_FILE: secure.authority.cert,
    });
    const apply = (user = as('admin', 'admin')) =>
      examineHere(world.folder, { ...world.environment, ...user }, true, arn);
    const path = `/_plugins/_security/api/rolesmapping/${world.prefix}`;

    // As IAM would tell of whoever signs: somebody who has nothing but that backend role.
    await secure.admin('PUT', '/_plugins/_security/api/internalusers/signer', { password, backend_roles: [arn] });
    const poor = await apply(as('signer', password));
    expect(poor.of('opensearch-rights')[0]).toMatchObject({
      state: 'fail',
      fix: 'ask as the master user of the domain',
    });

    await secure.admin('PUT', `/_plugins/_security/api/roles/${world.prefix}`, { description: 'of somebody else' });
    expect((await apply()).of('opensearch-rights')[0]?.message).toContain('was not made by Shardline');
    await secure.admin('DELETE', `/_plugins/_security/api/roles/${world.prefix}`);

    expect((await apply()).lines).toContain(`ok opensearch-rights: applied: role "${world.prefix}", and ${arn} has it`);
    // What somebody adds stays there when it is applied again.
    await secure.admin('PUT', path, { backend_roles: [arn], users: ['guest'] });
    await apply();
    expect(await secure.admin('GET', path)).toMatchObject({
      [world.prefix]: { backend_roles: [arn], users: ['guest'] },
    });

    const worker = world.worker(as('signer', password));
    await world.put(events(0));
    await arrived(world, EVENTS);
    await ready(worker);
    expect(world.letters()).toEqual([]);
  });

  it('names each right that is missing, and sees all with the documented roles', { timeout: 180_000 }, async () => {
    await using world = await rig({ opensearchUrl: secure.url });
    const index = `${world.prefix}-all`;
    const password = 'asking-Passphrase-4711';
    const environment = {
      ...world.environment,
      SHARDLINE_INDEX: index,
      SHARDLINE_OPENSEARCH_AUTH: 'basic',
      SHARDLINE_OPENSEARCH_USERNAME: 'patient',
      SHARDLINE_OPENSEARCH_PASSWORD: password,
      SHARDLINE_OPENSEARCH_CA_FILE: secure.authority.cert,
    };
    const ask = (more = {}) => examineHere(world.folder, { ...environment, ...more });
    const roles = async (mayWrite: boolean, maySee: boolean) => {
      const worker = documentedRole('worker', world.prefix);
      const [of = { allowed_actions: [] }] = worker.index_permissions;
      const allowed = of.allowed_actions.filter((action) => mayWrite || action === 'get');
      const role = { ...worker, index_permissions: [{ ...of, allowed_actions: allowed }] };
      await secure.admin('PUT', `/_plugins/_security/api/roles/${world.prefix}`, role);
      await secure.admin('PUT', '/_plugins/_security/api/roles/seer', documentedRole('doctor', world.prefix));
      await secure.user('patient', password, [world.prefix, ...(maySee ? ['seer'] : [])]);
    };
    await secure.admin('PUT', `/${index}`);

    await roles(false, false);
    const poor = await ask();
    expect(poor.of('opensearch-rights').map(({ state }) => state)).toEqual(['fail', 'fail']);
    expect(poor.of('opensearch-rights')[0]?.message).toMatch(/cannot write documents in .*indices:data\/write/);
    expect(poor.of('opensearch-rights')[1]?.message).toMatch(/cannot make indices in .*indices:admin\/create/);
    expect(poor.of('opensearch-disk')).toMatchObject([
      { message: expect.stringContaining('cluster:monitor/nodes/stats') },
    ]);

    await roles(true, true);
    const seen = await ask();
    expect(seen.lines.filter((line) => /not known|^fail/.test(line))).toEqual([]);
    expect(seen.of('opensearch-rights')).toMatchObject([{ state: 'ok', message: expect.stringContaining('written') }]);
    // The certificates of tests live for days.
    expect(seen.of('opensearch-tls')).toMatchObject([
      { state: 'warn', message: expect.stringContaining('good until') },
    ]);

    const wrong = await ask({ SHARDLINE_OPENSEARCH_PASSWORD: 'nobody-knows-4711' });
    expect(wrong.lines.filter((line) => line.startsWith('fail'))).toEqual([
      expect.stringMatching(/ opensearch: .* 401/),
    ]);
    const { SHARDLINE_OPENSEARCH_CA_FILE: _, ...strange } = environment;
    const untrusted = await examineHere(world.folder, strange);
    expect(untrusted.of('opensearch-tls')).toMatchObject([{ state: 'fail', fix: expect.stringContaining('ca_file') }]);
    for (const { lines } of [poor, seen, wrong, untrusted]) expect(lines.join()).not.toMatch(/Passphrase|nobody-knows/);
  });
});
