import { createServer, type IncomingMessage, request as send } from 'node:http';
import { pipeline } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Expectation, signatureFault } from './sigv4-verifier.ts';

/** A server that lets only signed requests through, as AWS's front does. */
export interface SignedServer {
  readonly url: string;
  readonly requests: readonly SignedRequest[];
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SignedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Why it was refused, in the verifier's words. */
  readonly fault: string | undefined;
}

/** An answer of the front's own, before anything is passed on. */
export type Front = (request: SignedRequest) => { readonly status: number; readonly body: object } | undefined;

export interface SignedServerOptions {
  readonly expected: Omit<Expectation, 'now'> & { readonly now: () => Date };
  readonly front?: Front;
  /** Where requests go that are signed as they should be; left out, they are answered with an empty object. */
  readonly behind?: string;
}

export const signedServer = async (options: SignedServerOptions): Promise<SignedServer> => {
  const requests: SignedRequest[] = [];
  const { expected, front, behind } = options;
  const server = createServer(async (incoming, response) => {
    const { method = '', url: target = '', headers } = incoming;
    const body = await buffer(incoming);
    const fault = signatureFault({ method, target, headers, body }, { ...expected, now: expected.now() });
    const request = { method, target, headers, body, fault };
    requests.push(request);
    const json = (status: number, answer: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    // The shape of AWS's own refusals, which are not OpenSearch's.
    if (fault) return void json(403, { message: fault });
    const own = front?.(request);
    if (own) return void json(own.status, own.body);
    if (!behind) return void json(200, {});
    const passed = send(
      `${behind}${target}`,
      { method, headers: { ...headers, host: new URL(behind).host } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        pipeline(answer, response, () => undefined);
      },
    );
    passed.on('error', () => response.destroy());
    passed.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
