import { createServer } from 'node:http';
import type { KnownKey } from './sigv4-verifier.ts';

/** The credential endpoint of a container (ECS, EKS Pod Identity): what AWS_CONTAINER_CREDENTIALS_FULL_URI points to. */
export interface CredentialServer {
  readonly url: string;
  /** Every key that was handed out, by its id. */
  readonly issued: ReadonlyMap<string, KnownKey>;
  /** While true it answers 500. */
  broken: boolean;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Hands out a new key for each question, good for `lifeMs` from `now`. */
export const credentialServer = async (now: () => Date, lifeMs: number): Promise<CredentialServer> => {
  const issued = new Map<string, KnownKey>();
  const server = createServer((_, response) => {
    if (state.broken) return void response.writeHead(500).end('{"message":"out of order"}');
    const number = issued.size + 1;
    const id = `ASIAROLE${String(number).padStart(4, '0')}`;
    const key = {
      secret: `secret/${number}+x=`,
      token: `token/${number}==`,
      expires: new Date(now().getTime() + lifeMs),
    };
    issued.set(id, key);
    const body = {
      AccessKeyId: id,
      SecretAccessKey: key.secret,
      Token: key.token,
      Expiration: key.expires.toISOString(),
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const state: CredentialServer = {
    url: `http://127.0.0.1:${address.port}/credentials`,
    issued,
    broken: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return state;
};
