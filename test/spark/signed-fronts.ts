import { credentialServer } from '../support/credential-server.ts';
import { signedServer } from '../support/signed-server.ts';

/** The key of the test environment itself, which stands first in AWS's chain. */
export const OWN_KEY = { id: 'local', secret: 'local' };

/** Fronts that let only signed requests through to an OpenSearch, and the endpoint that hands out keys for them. */
export interface SignedFronts {
  /** As a domain has it, and as a serverless collection has it; both in eu-central-1. */
  readonly domain: string;
  readonly collection: string;
  readonly credentials: string;
  stop(): Promise<void>;
}

/** Long enough for one request on a busy machine, too short to be kept for the next by anybody who renews in time. */
const KEY_LIFE_MS = 60_000;

export const startSignedFronts = async (behind: string): Promise<SignedFronts> => {
  await using parts = new AsyncDisposableStack();
  const now = () => new Date();
  const keys = parts.use(await credentialServer(now, KEY_LIFE_MS));
  const key = (id: string) => (id === OWN_KEY.id ? { secret: OWN_KEY.secret } : keys.issued.get(id));
  const expected = { region: 'eu-central-1', now, key };
  const domain = parts.use(await signedServer({ expected: { ...expected, service: 'es' }, behind }));
  const collection = parts.use(
    await signedServer({ expected: { ...expected, service: 'aoss', collection: true }, behind }),
  );
  const all = parts.move();
  return {
    domain: domain.url,
    collection: collection.url,
    credentials: keys.url,
    stop: () => all.disposeAsync(),
  };
};
