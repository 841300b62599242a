import type { OwnOpenSearch } from './own-opensearch.ts';

const AT_ONCE = 6;
const BODY = `{"create":{}}\n{"text":"${'word '.repeat(200)}"}\n`.repeat(200);

/** Other people's bulk requests, more than OpenSearch can take, for so long; whatever becomes of them. */
export const flood = async ({ url }: OwnOpenSearch, forMs: number): Promise<void> => {
  const untilMs = performance.now() + forMs;
  const headers = { 'content-type': 'application/x-ndjson' };
  const one = async () => {
    while (performance.now() < untilMs) {
      const answer = await fetch(`${url}/noise/_bulk`, { method: 'POST', headers, body: BODY }).catch(() => undefined);
      await answer?.text().catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
};
