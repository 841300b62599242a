import { describe, expect, inject, it } from 'vitest';
import { credentialServer } from '../support/credential-server.ts';
import { event } from '../support/event.ts';
import { rig } from '../support/rig.ts';
import { type Front, signedServer } from '../support/signed-server.ts';
import { until } from '../support/until.ts';

const PATIENT = 60_000;
/** The worker renews every ten seconds when keys last less than five minutes. */
const KEY_LIFE_MS = 15_000;
const EVENTS = 200;

/** What the AWS SDK is told in the worker's environment: credentials come from the endpoint and from nowhere else. */
const container = (url: string) => ({
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
  AWS_REGION: 'eu-west-1',
});

const now = () => new Date();

const key = (id: string) => (id === 'AKIDTEST' ? { secret: 'a-secret-of-tests' } : undefined);
const aoss = { service: 'aoss', region: 'us-east-1', now, key };

/** A collection that takes signed requests; `front` answers what a real OpenSearch would not. */
const collection = (front: Front) =>
  signedServer({ expected: { ...aoss, collection: true }, front, behind: inject('opensearchUrl') });

const keys = {
  AWS_ACCESS_KEY_ID: 'AKIDTEST',
  AWS_SECRET_ACCESS_KEY: 'a-secret-of-tests',
  AWS_REGION: 'us-east-1',
  SHARDLINE_OPENSEARCH_AUTH: 'sigv4',
};

describe('a worker that writes to a serverless collection', () => {
  it('asks for nothing that a collection lacks', { timeout: 120_000 }, async () => {
    const unknown = { error: { type: 'unknown', reason: 'Not Found' }, status: 404 };
    await using server = await collection(({ target }) =>
      target.startsWith('/?') || target === '/' ? { status: 404, body: unknown } : undefined,
    );
    await using world = await rig();
    const worker = world.worker({
      ...keys,
      SHARDLINE_OPENSEARCH_NODE: server.url,
      SHARDLINE_OPENSEARCH_SERVICE: 'aoss',
    });
    await world.put(Array.from({ length: EVENTS }, (_, i) => event(`e${i}`)));
    await until(async () => (await world.count()) === EVENTS, PATIENT, 100);
    await until(async () => (await worker.readiness()).status === 200, PATIENT, 100);
    expect(server.requests.filter(({ fault }) => fault)).toEqual([]);
    const paths = server.requests.map(({ method, target }) => `${method} ${target.replace(/\?.*/, '')}`);
    expect([...new Set(paths)].sort()).toEqual([
      `GET /_index_template/${world.prefix}`,
      'POST /_bulk',
      'POST /_mget',
      `PUT /_index_template/${world.prefix}`,
    ]);
    const template = server.requests.find(({ method }) => method === 'PUT')?.body.toString() ?? '';
    expect(JSON.parse(template).template).not.toHaveProperty('settings');
  });

  it('holds when the collection turns out to take no ids: nothing becomes a dead letter', {
    timeout: 120_000,
  }, async () => {
    const reason = 'Document ID is not supported in create/index operation request';
    const refused = { create: { status: 400, error: { type: 'illegal_argument_exception', reason } } };
    await using server = await collection(({ target, body }) => {
      if (!target.startsWith('/_bulk')) return undefined;
      const documents = (body.toString().match(/\n/g)?.length ?? 0) / 2;
      return { status: 200, body: { errors: true, items: Array.from({ length: documents }, () => refused) } };
    });
    await using world = await rig();
    const worker = world.worker({
      ...keys,
      SHARDLINE_OPENSEARCH_NODE: server.url,
      SHARDLINE_OPENSEARCH_SERVICE: 'aoss',
    });
    await world.put(Array.from({ length: EVENTS }, (_, i) => event(`e${i}`)));
    const unready = await until(
      async () => {
        const { status, text } = await worker.readiness();
        return status === 503 && text.includes('nothing is indexed since') ? text : undefined;
      },
      PATIENT,
      100,
    );
    expect(unready).toContain(reason);
    await until(() => server.requests.filter(({ target }) => target.startsWith('/_bulk')).length >= 3, PATIENT);
    expect(world.letters()).toEqual([]);
    expect(await worker.metric('shardline_dead_letters_total')).toBe(0);
  });

  it('ends at its start when the collection is of type TIMESERIES, and says why', { timeout: 120_000 }, async () => {
    const details = { id: '07tjusf2h91cunochc', type: 'TIMESERIES' };
    const front = () => ({ status: 200, body: { collectionDetails: [details] } });
    await using control = await signedServer({ expected: aoss, front });
    await using world = await rig();
    const worker = world.worker({
      ...keys,
      AWS_ENDPOINT_URL_OPENSEARCHSERVERLESS: control.url,
      SHARDLINE_OPENSEARCH_NODE: 'https://07tjusf2h91cunochc.us-east-1.aoss.amazonaws.com',
    });
    expect(await worker.child.ended).toBe('exit code 1');
    expect(worker.log()).toMatch(/07tjusf2h91cunochc is of type TIMESERIES, .*\[SHARDLINE_COLLECTION_UNUSABLE\]/);
    expect(control.requests.map(({ fault }) => fault)).toEqual([undefined]);
  });
});

describe('a worker behind a front that lets only signed requests through', () => {
  it('delivers with credentials that keep expiring, holds while there are none, and shows no secret', {
    timeout: 240_000,
  }, async () => {
    await using credentials = await credentialServer(now, KEY_LIFE_MS);
    let revoked = false;
    const known = (id: string) => (revoked ? undefined : credentials.issued.get(id));
    const expected = { service: 'es', region: 'eu-west-1', now, key: known };
    await using front = await signedServer({ expected, behind: inject('opensearchUrl') });
    await using world = await rig();
    const worker = world.worker({
      ...container(credentials.url),
      SHARDLINE_OPENSEARCH_NODE: front.url,
      SHARDLINE_OPENSEARCH_AUTH: 'sigv4',
      SHARDLINE_OPENSEARCH_SERVICE: 'es',
      SHARDLINE_OPENSEARCH_COMPRESSION: 'gzip',
    });
    const events = (from: number) => Array.from({ length: EVENTS }, (_, i) => event(`e${from + i}`));
    const tokens = () => new Set(front.requests.map(({ headers }) => headers['x-amz-security-token']));
    let put = 0;
    const putMore = async () => {
      await world.put(events(put));
      put += EVENTS;
    };
    const arrived = () => until(async () => (await world.count()) === put, PATIENT, 100);

    // Longer than a key lasts.
    await until(
      async () => {
        await putMore();
        await arrived();
        return tokens().size >= 3;
      },
      PATIENT,
      1_000,
    );
    expect(front.requests.filter(({ fault }) => fault)).toEqual([]);
    expect(front.requests.some(({ target }) => target.startsWith('/_bulk?timeout='))).toBe(true);

    const unready = (words: string) =>
      until(
        async () => {
          await putMore();
          const { status, text } = await worker.readiness();
          return status === 503 && text.includes('403') && text.includes(words);
        },
        PATIENT,
        1_000,
      );
    const readyAgain = async () => {
      await arrived();
      await until(async () => (await worker.readiness()).status === 200, PATIENT, 100);
    };

    // OpenSearch alone refuses: what is sent to it is held.
    revoked = true;
    await unready('nothing is indexed since');
    revoked = false;
    await readyAgain();

    // Kinesis and the lease table lose theirs at about the same time: whether a bulk is refused before is a matter of luck.
    credentials.broken = true;
    await unready('AWS credentials cannot be had');
    credentials.broken = false;
    await readyAgain();

    expect(world.letters()).toEqual([]);
    const url = await worker.url();
    const pages = ['/', '/readyz', '/metrics', '/api/status'].map(async (path) => (await fetch(url + path)).text());
    const everything = [worker.log(), ...(await Promise.all(pages))].join('\n');
    for (const { secret, token } of credentials.issued.values()) {
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(token);
    }
  });
});
