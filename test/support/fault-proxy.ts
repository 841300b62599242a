import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request on its way to OpenSearch, and what may be done with it. */
export interface Passing {
  readonly path: string;
  readonly body: Buffer;
  readonly response: ServerResponse;
  /** Sends it on, with another body if one is given, and resolves with OpenSearch's answer. */
  forward(body?: Buffer): Promise<Answered>;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** What becomes of the `_bulk` requests that pass. */
export type Fault = (passing: Passing) => void | Promise<void>;

/** A certificate and its key, as PEM texts. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A proxy before OpenSearch whose bulks can be made to fail; everything else passes. */
export interface FaultProxy {
  readonly url: string;
  /** Undefined: nothing is wrong. */
  fault: Fault | undefined;
  /** How many bulk requests came since it was set to 0. */
  bulks: number;
  /** Serves with another certificate from now on; TLS proxies only. */
  useCertificate(pair: KeyPair): void;
  [Symbol.asyncDispose](): Promise<void>;
}

const readBody = async (from: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of from) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Answers with JSON or, when the text is none, HTML. */
export const answer = (response: ServerResponse, status: number, text: string): void => {
  const type = text.startsWith('<') ? 'text/html' : 'application/json';
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
};

/** Starts one; with a certificate it serves HTTPS. Dispose of it at the end. */
export const faultProxy = async (opensearchUrl: string, pair?: KeyPair): Promise<FaultProxy> => {
  const agent = new Agent({ keepAlive: true });
  const send = async (from: IncomingMessage, body: Buffer): Promise<Answered> => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { 'content-length': _, 'transfer-encoding': __, host: ___, ...headers } = from.headers;
    const options = { agent, method: from.method ?? 'GET', headers: { ...headers, 'content-length': body.length } };
    request(`${opensearchUrl}${from.url}`, options, resolve).once('error', reject).end(body);
    const answered = await promise;
    return { status: answered.statusCode ?? 0, text: (await readBody(answered)).toString() };
  };
  const serve = async (from: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(from);
    const path = from.url ?? '/';
    const isBulk = path.startsWith('/_bulk');
    if (isBulk) proxy.bulks += 1;
    const forward = (other = body) => send(from, other);
    if (isBulk && proxy.fault) return proxy.fault({ path, body, response, forward });
    const { status, text } = await forward();
    answer(response, status, from.method === 'HEAD' ? '' : text);
  };
  // Whatever breaks here is one more broken connection to whom it may concern.
  const onRequest = (from: IncomingMessage, response: ServerResponse) => {
    serve(from, response).catch(() => response.destroy());
  };
  const tls = pair && createTlsServer(pair, onRequest);
  const server = tls ?? createServer(onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: FaultProxy = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    fault: undefined,
    bulks: 0,
    useCertificate(next) {
      tls?.setSecureContext(next);
      server.closeAllConnections();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
  return proxy;
};
