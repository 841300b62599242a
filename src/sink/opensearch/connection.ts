import { createSecureContext } from 'node:tls';
import { Client, Connection as VendorConnection } from '@opensearch-project/opensearch';
import { fixed, type Replaceable } from './reread.ts';

/** PEM texts of a TLS connection. */
export interface Tls {
  /** Of the authorities that may have signed the node's certificate; undefined: those that Node knows. */
  readonly ca: string | undefined;
  /** Our own certificate with its chain, and its key without a passphrase; both or neither. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Throws what is wrong with the texts: no PEM, or a key that belongs to another certificate. */
export const checkedTls = (tls: Tls): Tls => {
  createSecureContext(tls);
  // OpenSSL takes a text without any certificate for an empty list of authorities, which would trust nobody.
  if (tls.ca !== undefined && !tls.ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new Error('there is no PEM certificate in it');
  return tls;
};

export interface ConnectionOptions {
  readonly node: string;
  readonly tls?: Replaceable<Tls> | undefined;
  readonly requestTimeoutMs: number;
}

/** The vendor's client; a new one takes over when certificates have changed, and the old one ends its requests. */
export interface Connection {
  client(): Promise<Client>;
  close(): Promise<void>;
}

/** Secret headers of requests under way, beside the requests themselves. */
const SECRETS = new WeakMap<object, Readonly<Record<string, string>>>();

/** Has `headers` sent with the request, out of sight of everything that prints requests and errors (`DEBUG=*`). */
export const withSecrets = <T extends object>(request: T, headers: Readonly<Record<string, string>>): T => {
  SECRETS.set(request, headers);
  return request;
};

class DiscreetConnection extends VendorConnection {
  override buildRequestObject(request: object) {
    const built = super.buildRequestObject(request);
    return { ...built, headers: { ...built.headers, ...SECRETS.get(request) } };
  }
}

/** A client that never tries again by itself: what is sent again, and when, is the writer's decision alone. */
const makeClient = ({ node, requestTimeoutMs }: ConnectionOptions, tls: Tls | undefined): Client => {
  const { ca, cert, key } = tls ?? {};
  return new Client({
    node,
    Connection: DiscreetConnection,
    ...(tls ? { ssl: { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) } } : {}),
    requestTimeout: requestTimeoutMs,
    maxRetries: 0,
    // Answers are only looked into by `member`, which takes no inherited key; looking for them costs as much as parsing.
    disablePrototypePoisoningProtection: true,
  });
};

export const openConnection = (options: ConnectionOptions): Connection => {
  const tls: Replaceable<Tls | undefined> = options.tls ?? fixed(undefined);
  let made: { readonly client: Client; readonly by: Tls | undefined } | undefined;
  return {
    async client() {
      const by = await tls.current();
      if (made && made.by === by) return made.client;
      // Closing waits for the requests under way, and nobody waits for that.
      if (made) void made.client.close();
      made = { client: makeClient(options, by), by };
      return made.client;
    },
    async close() {
      await made?.client.close();
    },
  };
};
