import type { Clock } from '../core/clock.ts';
import { describe } from '../core/errors.ts';
import { nearUrl } from './near-url.ts';

/** A health check that hangs is no better than one that fails. */
const WITHIN_MS = 3_000;

const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error && thrown.cause !== undefined ? describe(thrown.cause) : describe(thrown);

/** Asks the worker that listens there whether its process is sound; undefined, or why not. */
export const askLivez = async (
  { host, port }: { readonly host: string; readonly port: number },
  clock: Clock,
): Promise<string | undefined> => {
  const url = `${nearUrl(host, port)}/livez`;
  const over = new AbortController();
  const late = clock.sleep(WITHIN_MS, over.signal).then(() => `${url} gives no answer within ${WITHIN_MS / 1000} s`);
  const asked = fetch(url, { signal: over.signal }).then(
    ({ status }) => (status === 200 ? undefined : `${url} answers ${status}, expected 200`),
    (thrown) => `${url} cannot be asked: ${reasonOf(thrown)}`,
  );
  const answer = await Promise.race([asked, late]);
  over.abort();
  return answer;
};
