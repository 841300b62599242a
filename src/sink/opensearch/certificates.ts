import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Tls } from './connection.ts';

/** What a node shows of itself before anything is said to it. */
export interface ServerCertificate {
  /** Why it is not trusted; undefined: it is. */
  readonly distrust: string | undefined;
  readonly protocol: string;
  readonly validTo: Date;
}

const PORT = 443;

/** Looks at the node's certificate, trusted or not; sends nothing. Rejects when there is no TLS connection to be had. */
export const serverCertificate = (node: URL, tls: Tls | undefined, signal: AbortSignal): Promise<ServerCertificate> =>
  new Promise((resolve, reject) => {
    const { ca, cert, key } = tls ?? {};
    const host = node.hostname.replace(/^\[(.*)\]$/, '$1');
    const socket = connect({
      host,
      port: Number(node.port || PORT),
      ...(isIP(host) ? {} : { servername: host }),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert, key }),
      // It is looked at, and nothing is sent: whether to trust it is said below.
      rejectUnauthorized: false,
    });
    const stop = () => socket.destroy(new Error('stopped'));
    signal.addEventListener('abort', stop, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', stop));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const error: unknown = socket.authorizationError;
      const distrust = socket.authorized ? undefined : error instanceof Error ? error.message : String(error);
      const { valid_to: validTo } = socket.getPeerCertificate();
      resolve({ distrust, protocol: socket.getProtocol() ?? 'TLS', validTo: new Date(validTo) });
      socket.destroy();
    });
  });

/** Until when our own client certificate is good. */
export const ownValidTo = ({ cert }: Tls): Date | undefined =>
  cert === undefined ? undefined : new Date(new X509Certificate(cert).validTo);
