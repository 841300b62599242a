import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { createSecureContext } from 'node:tls';
import type { Connection as Connecting, Serializer as Serializing, Transport } from '@opensearch-project/opensearch';
import { ConnectionPool } from '@opensearch-project/opensearch/lib/pool/index.js';
import { readAllCreated } from './all-created.ts';
import { fixed, type Replaceable } from './reread.ts';

/**
 * The vendor's transport without the five hundred modules of methods around it, one for each of OpenSearch's calls: they
 * take 4 MiB and 0.15 s at the start, and none is used here. Required, since their types tell of defaults that are not there.
 */
const vendor = createRequire(import.meta.url);
const VendorTransport: typeof Transport = vendor('@opensearch-project/opensearch/lib/Transport.js');
const VendorConnection: typeof Connecting = vendor('@opensearch-project/opensearch/lib/Connection.js');
const Serializer: typeof Serializing = vendor('@opensearch-project/opensearch/lib/Serializer.js');

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

/** What carries requests to a node. */
export interface Carrier {
  readonly transport: Transport;
  close(): Promise<void>;
}

/** The vendor's transport; a new one takes over when certificates have changed, and the old one ends its requests. */
export interface Connection {
  carrier(): Promise<Carrier>;
  close(): Promise<void>;
}

/** Secret headers of requests under way, beside the requests themselves. */
const SECRETS = new WeakMap<object, Readonly<Record<string, string>>>();

/** Has `headers` sent with the request, out of sight of everything that prints requests and errors (`DEBUG=*`). */
export const withSecrets = <T extends object>(request: T, headers: Readonly<Record<string, string>>): T => {
  SECRETS.set(request, headers);
  return request;
};

const WRITTEN = new WeakSet<object>();

/** Whether the last byte of a request's body has gone to the operating system: nothing reads that memory any more. */
export const isWritten = (body: Buffer): boolean => WRITTEN.has(body);

class DiscreetConnection extends VendorConnection {
  override buildRequestObject(request: object) {
    const built = super.buildRequestObject(request);
    return { ...built, headers: { ...built.headers, ...SECRETS.get(request) } };
  }

  override request(...[params, callback]: Parameters<Connecting['request']>) {
    const request = super.request(params, callback);
    const { body } = params;
    if (body instanceof Buffer) request.once('finish', () => WRITTEN.add(body));
    return request;
  }
}

class QuickSerializer extends Serializer {
  override deserialize(text: string) {
    return readAllCreated(text) ?? super.deserialize(text);
  }
}

/** A transport that never tries again by itself: what is sent again, and when, is the writer's decision alone. */
const makeCarrier = ({ node, requestTimeoutMs }: ConnectionOptions, tls: Tls | undefined): Carrier => {
  const { ca, cert, key } = tls ?? {};
  const events = new EventEmitter();
  const emit = events.emit.bind(events);
  const connectionPool = new ConnectionPool({
    Connection: DiscreetConnection,
    resurrectStrategy: 'none',
    emit,
    ...(tls ? { ssl: { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) } } : {}),
  });
  connectionPool.addConnection(node);
  const transport = new VendorTransport({
    emit,
    connectionPool,
    // Answers are only looked into by `member`, which takes no inherited key; looking for them costs as much as parsing.
    serializer: new QuickSerializer({ disablePrototypePoisoningProtection: true, enableLongNumeralSupport: false }),
    maxRetries: 0,
    requestTimeout: requestTimeoutMs,
    sniffEndpoint: '',
  });
  return { transport, close: () => new Promise((resolve) => connectionPool.empty(resolve)) };
};

export const openConnection = (options: ConnectionOptions): Connection => {
  const tls: Replaceable<Tls | undefined> = options.tls ?? fixed(undefined);
  let made: { readonly carrier: Carrier; readonly by: Tls | undefined } | undefined;
  return {
    async carrier() {
      const by = await tls.current();
      if (made && made.by === by) return made.carrier;
      // Closing waits for the requests under way, and nobody waits for that.
      if (made) void made.carrier.close();
      made = { carrier: makeCarrier(options, by), by };
      return made.carrier;
    },
    async close() {
      await made?.carrier.close();
    },
  };
};
