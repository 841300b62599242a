import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** What to do with one request: hand on an answer, made up or asked for with `forward`; or break the connection. */
export type Meddle = (asked: Asked, forward: (body?: Buffer) => Promise<Answer>) => Promise<Answer | 'reset'>;

export interface Meddler extends AsyncDisposable {
  readonly url: string;
  /** Left out: requests and answers pass as they are. */
  meddle(how?: Meddle): void;
}

const bytesOf = async (stream: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const forwardTo = (target: URL, asked: Asked, body: Buffer): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { 'transfer-encoding': _, expect: __, connection: ___, ...headers } = asked.headers;
    const options = { method: asked.method, headers: { ...headers, 'content-length': String(body.length) } };
    const sent = request(new URL(asked.path, target), options, async (answer) => {
      resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: await bytesOf(answer) });
    });
    sent.on('error', reject);
    sent.end(body);
  });

const reply = (response: ServerResponse, { status, headers, body }: Answer): void => {
  const { 'transfer-encoding': _, connection: __, ...rest } = headers;
  response.writeHead(status, { ...rest, 'content-length': String(body.length) }).end(body);
};

/** Stands between a client and a real server, and spoils what passes as it is told. */
export const meddler = async (targetUrl: string): Promise<Meddler> => {
  let how: Meddle = (_, forward) => forward();
  const server = createServer(async (incoming, response) => {
    const body = await bytesOf(incoming);
    const asked = { method: incoming.method ?? '', path: incoming.url ?? '/', headers: incoming.headers, body };
    try {
      const answer = await how(asked, (other = body) => forwardTo(new URL(targetUrl), asked, other));
      if (answer === 'reset') incoming.socket.resetAndDestroy();
      else reply(response, answer);
    } catch {
      incoming.socket.resetAndDestroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    meddle(next = (_, forward) => forward()) {
      how = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
