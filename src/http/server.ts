import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { describe, ShardlineError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Probe } from '../core/probe.ts';
import { contentSecurityPolicy } from './layout.ts';
import { nearUrl } from './near-url.ts';
import { type Links, statusPage } from './page.ts';
import { createReadiness } from './readiness.ts';
import type { Status } from './status.ts';

/** What the HTTP side asks of the worker. */
export interface HttpOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Shown on the status page. */
  readonly links: Links;
  readonly probes: readonly Probe[];
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly status: () => Status;
  readonly clock: Clock;
  readonly log: Log;
}

/** The listening server. */
export interface HttpServer {
  /** `http://host:port`, as a browser on this machine would reach it. */
  readonly url: string;
  readonly port: number;
  /** From now on /readyz says no, so that nobody counts on this worker. */
  markStopping(): void;
  close(): Promise<void>;
}

const listen = async (app: ReturnType<typeof fastify>, { host, port }: HttpOptions): Promise<AddressInfo> => {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const message = `cannot listen on http.host ${host}, http.port ${port}: ${describe(cause)}`;
    throw new ShardlineError('SHARDLINE_HTTP_UNAVAILABLE', message, { cause });
  }
  const [address] = app.addresses();
  if (!address) throw new ShardlineError('SHARDLINE_HTTP_UNAVAILABLE', `no address on http.host ${host}`);
  return address;
};

/** Probes, metrics and the status page. It never waits for the pipeline, only for the probes, and those have a deadline. */
export const startHttp = async (options: HttpOptions): Promise<HttpServer> => {
  const { links, probes, metrics, status, clock, log } = options;
  const readiness = createReadiness(probes, clock);
  const policy = contentSecurityPolicy();
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onSend', async (_, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });
  app.setErrorHandler(async (thrown, request, reply) => {
    log.error({ path: request.url, error: describe(thrown) }, 'a request to the worker failed');
    return reply.code(500).send({ error: 'internal error; the log has the reason' });
  });
  app.get('/livez', async () => ({ live: true }));
  app.get('/readyz', async (_, reply) => {
    const answer = await readiness.ask();
    return reply.code(answer.ready ? 200 : 503).send(answer);
  });
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  app.get('/api/status', async () => ({ ...status(), readiness: await readiness.ask() }));
  app.get('/', async (_, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .send(statusPage(status(), await readiness.ask(), links)),
  );
  const address = await listen(app, options);
  return {
    url: nearUrl(address.address, address.port),
    port: address.port,
    markStopping: readiness.markStopping,
    close: () => app.close(),
  };
};
