import type { Check } from '../../doctor/examine.ts';
import type { Finding } from '../../doctor/finding.ts';
import { judgeRights } from '../../doctor/rights.ts';
import { judgeIndex, judgeOutdone, judgeTemplate, type Shape } from '../../doctor/template.ts';
import { indexNamer } from '../../sink/index-pattern.ts';
import * as facts from '../../sink/opensearch/cluster-facts.ts';
import { tryRights } from '../../sink/opensearch/rights.ts';
import { isKnown, tell } from '../../sink/opensearch/tell.ts';
import {
  readSimulated,
  readTemplate,
  simulateRequest,
  templateBody,
  templateRequest,
} from '../../sink/opensearch/template.ts';
import { templateOf } from '../template.ts';
import { type OpenSearchParts, untold } from './parts.ts';

const today = ({ config, clock }: OpenSearchParts): string => indexNamer(config.index)(clock.wall().getTime());

const template = (parts: OpenSearchParts): Check => ({
  name: 'opensearch-template',
  async ask(signal): Promise<readonly Finding[]> {
    const { config, transform, client } = parts;
    const wanted = templateOf(config, transform);
    const { name } = wanted;
    const told = await tell(client, templateRequest(name), signal);
    if (!isKnown(told)) return [untold('opensearch-template', told)];
    const found = 'body' in told ? readTemplate(told.body) : undefined;
    const judged = judgeTemplate({ name, mode: config.opensearch.template, wanted: templateBody(wanted), found });
    const index = today(parts);
    const simulated = await tell(client, simulateRequest(index), signal);
    const isOutdone = 'body' in simulated && readSimulated(simulated.body).outdone.includes(name);
    return isOutdone ? [judged, judgeOutdone(name, index)] : [judged];
  },
});

/** What an index would be made of, with the user's component templates where we may ask for that. */
const wantedShape = async (parts: OpenSearchParts, signal: AbortSignal): Promise<Shape> => {
  const options = templateOf(parts.config, parts.transform);
  const told = await tell(parts.client, simulateRequest(today(parts), options), signal);
  return 'body' in told ? readSimulated(told.body) : templateBody(options).template;
};

const index = (parts: OpenSearchParts): Check => ({
  name: 'opensearch-index',
  async ask(signal) {
    const name = today(parts);
    const told = await tell(parts.client, facts.indexRequest(name), signal);
    if (!isKnown(told)) return [untold('opensearch-index', told)];
    const found = 'body' in told ? facts.readIndex(told.body, name) : undefined;
    return [judgeIndex({ index: name, wanted: await wantedShape(parts, signal), found })];
  },
});

const rights = (parts: OpenSearchParts): Check => ({
  name: 'opensearch-rights',
  async ask(signal) {
    const name = today(parts);
    const tried = await tryRights(parts.client, name, signal);
    return 'exists' in tried ? judgeRights({ index: name, ...tried }) : [untold('opensearch-rights', tried)];
  },
});

/** The index template, the index of now, and what we may do with it. */
export const indexChecks = (parts: OpenSearchParts): readonly Check[] => [template(parts), index(parts), rights(parts)];
