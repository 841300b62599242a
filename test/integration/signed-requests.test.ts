import { describe, expect, inject, it } from 'vitest';
import { credentialServer } from '../support/credential-server.ts';
import { event } from '../support/event.ts';
import { rig } from '../support/rig.ts';
import { signedServer } from '../support/signed-server.ts';
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

describe('a worker behind a front that lets only signed requests through', () => {
  it('delivers with credentials that keep expiring, holds while there are none, and shows no secret', {
    timeout: 240_000,
  }, async () => {
    await using credentials = await credentialServer(now, KEY_LIFE_MS);
    const expected = { service: 'es', region: 'eu-west-1', now, key: (id: string) => credentials.issued.get(id) };
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
    const keys = () => new Set(front.requests.map(({ headers }) => headers['x-amz-security-token']));
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
        return keys().size >= 3;
      },
      PATIENT,
      1_000,
    );
    expect(front.requests.filter(({ fault }) => fault)).toEqual([]);
    expect(front.requests.some(({ target }) => target.startsWith('/_bulk?timeout='))).toBe(true);

    credentials.broken = true;
    await putMore();
    const unready = await until(
      async () => {
        await putMore();
        const { status, text } = await worker.readiness();
        return status === 503 && text.includes('nothing is indexed since') ? text : undefined;
      },
      PATIENT,
      1_000,
    );
    expect(unready).toContain('403');
    expect(unready).toContain('AWS credentials cannot be had');
    credentials.broken = false;
    await arrived();
    await until(async () => (await worker.readiness()).status === 200, PATIENT, 100);

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
