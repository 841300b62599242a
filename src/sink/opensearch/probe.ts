import type { Probe } from '../../core/probe.ts';
import { explain } from '../verdict.ts';
import { ask, errorOf, member, type OpenSearchClient, type Request } from './client.ts';

export interface ProbeOptions {
  readonly client: OpenSearchClient;
  readonly node: string;
  /**
   * For a serverless collection, which knows no `GET /`: the index of now. The probe asks it for a document that is not
   * there, as the digests of existing documents are asked for.
   */
  readonly index?: (() => string) | undefined;
}

const question = (index: string | undefined): Request =>
  index === undefined
    ? { method: 'GET', path: '/', querystring: { filter_path: 'version.number' } }
    : {
        method: 'POST',
        path: '/_mget',
        querystring: { filter_path: 'docs.found' },
        body: { docs: [{ _index: index, _id: 'shardline-probe' }] },
      };

/** Whether OpenSearch answers us at all: reachable, and our credentials are taken. */
export const openSearchProbe = ({ client, node, index }: ProbeOptions): Probe => ({
  name: 'opensearch',
  async check(signal) {
    const answer = await ask(client, question(index?.()), signal);
    if ('broken' in answer) return `OpenSearch at ${node} does not answer: ${answer.broken}`;
    if (answer.status === 200) return undefined;
    const said = explain(answer.status, errorOf(member(answer.body, 'error') ?? answer.body));
    const who = answer.status === 401 || answer.status === 403 ? ` (we ask ${client.signIn.who()})` : '';
    return `OpenSearch at ${node} answers ${said}${who}`;
  },
});
