import type { Probe } from '../../core/probe.ts';
import { explain } from '../verdict.ts';
import { ask, errorOf, member, type OpenSearchClient } from './client.ts';

/** Whether OpenSearch answers us at all: reachable, and our credentials are taken. */
export const openSearchProbe = (client: OpenSearchClient, node: string): Probe => ({
  name: 'opensearch',
  async check(signal) {
    const answer = await ask(
      client,
      { method: 'GET', path: '/', querystring: { filter_path: 'version.number' } },
      signal,
    );
    if ('broken' in answer) return `OpenSearch at ${node} does not answer: ${answer.broken}`;
    if (answer.status === 200) return undefined;
    const said = explain(answer.status, errorOf(member(answer.body, 'error') ?? answer.body));
    const who = answer.status === 401 || answer.status === 403 ? ` (we ask ${client.signIn.who()})` : '';
    return `OpenSearch at ${node} answers ${said}${who}`;
  },
});
