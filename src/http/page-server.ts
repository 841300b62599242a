import { fastify } from 'fastify';
import { contentSecurityPolicy } from './layout.ts';

/** Serves a single page on a free port of this machine alone, made anew each time it is asked for. */
export const servePage = async (
  page: () => Promise<string>,
): Promise<{ readonly url: string; close(): Promise<void> }> => {
  const app = fastify({ forceCloseConnections: true });
  const policy = contentSecurityPolicy();
  app.get('/', async (_, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .headers({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': policy,
      })
      .send(await page()),
  );
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url: `${url}/`, close: () => app.close() };
};
