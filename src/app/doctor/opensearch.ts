import { describe, ShardlineError } from '../../core/errors.ts';
import * as cluster from '../../doctor/cluster.ts';
import type { Check } from '../../doctor/examine.ts';
import { type CheckName, type Finding, fail, ok, unseen, waits } from '../../doctor/finding.ts';
import { judgePlain, judgeTls } from '../../doctor/tls.ts';
import { indexNamer, indicesWithin } from '../../sink/index-pattern.ts';
import { ownValidTo, serverCertificate } from '../../sink/opensearch/certificates.ts';
import type { Request } from '../../sink/opensearch/client.ts';
import * as facts from '../../sink/opensearch/cluster-facts.ts';
import { collectionType, refuseType } from '../../sink/opensearch/collection.ts';
import { openSearchProbe } from '../../sink/opensearch/probe.ts';
import { tell } from '../../sink/opensearch/tell.ts';
import { collectionOf } from '../collection.ts';
import { isServerless } from '../opensearch.ts';
import { templateOf } from '../template.ts';
import { indexChecks } from './indices.ts';
import { type OpenSearchParts, untold, whyThrown } from './parts.ts';

/** Asks one thing and judges the answer's body; what may not be asked is said. */
const asks = (
  { client }: OpenSearchParts,
  name: CheckName,
  request: Request,
  judge: (body: unknown) => Finding,
): Check => ({
  name,
  async ask(signal) {
    const told = await tell(client, request, signal);
    return ['body' in told ? judge(told.body) : untold(name, told)];
  },
});

const reachable = ({ config, client, clock }: OpenSearchParts): Check => {
  const { node } = config.opensearch;
  const nameOf = indexNamer(config.index);
  const index = isServerless(config) ? () => nameOf(clock.wall().getTime()) : undefined;
  const probe = openSearchProbe({ client, node, index });
  return {
    name: 'opensearch',
    async ask(signal) {
      const trouble = await probe.check(signal);
      if (trouble === undefined) return [ok('opensearch', `${node} answers; we ask ${client.signIn.who()}`)];
      return [
        fail(
          'opensearch',
          trouble,
          'look at opensearch.node, opensearch.auth and ca_file, and the network between; docs/opensearch-auth.md',
        ),
      ];
    },
  };
};

const tls = ({ config, client, tls: files, clock }: OpenSearchParts): Check => ({
  name: 'opensearch-tls',
  async ask(signal) {
    if (client.node.protocol === 'http:') return [judgePlain(client.node.hostname, config.opensearch.auth)];
    const texts = await files?.current();
    try {
      const seen = await serverCertificate(client.node, texts, signal);
      return judgeTls({ ...seen, ownValidTo: texts && ownValidTo(texts) }, clock.wall().getTime());
    } catch (thrown) {
      return [waits('opensearch-tls', 'opensearch', describe(thrown))];
    }
  },
});

/** Only collections that take ids of ours are of use. */
const collection = ({ config }: OpenSearchParts): Check => ({
  name: 'opensearch-collection',
  async ask() {
    const id = collectionOf(config);
    if (!id) return [unseen('opensearch-collection', 'the address names no collection')];
    try {
      const type = await collectionType(id.collection, id.region);
      refuseType(id.collection, type);
      return [ok('opensearch-collection', `the collection ${id.collection} is of type ${type}`)];
    } catch (thrown) {
      const why = whyThrown(thrown);
      if (!(thrown instanceof ShardlineError))
        return [unseen('opensearch-collection', `aoss:BatchGetCollection: ${why}`)];
      return [fail('opensearch-collection', why, 'create a collection of type SEARCH')];
    }
  },
});

/** What covers every index that a worker may write to. */
const wildcardsOf = ({ config, transform }: OpenSearchParts) => templateOf(config, transform).indexPatterns;

const blocks = (parts: OpenSearchParts): Check => ({
  name: 'opensearch-blocks',
  async ask(signal) {
    const { config, client, clock } = parts;
    const [settings, indices] = await Promise.all([
      tell(client, facts.settingsRequest, signal),
      tell(client, facts.indicesRequest(wildcardsOf(parts)), signal),
    ]);
    if (!('body' in indices)) return [untold('opensearch-blocks', indices)];
    const blocked = facts.readIndices(indices.body).filter((each) => each.blocks.length > 0);
    const today = indexNamer(config.index)(clock.wall().getTime());
    // Where the cluster's settings are not shown, its blocks show in the indices' answers at least.
    const whole = 'body' in settings ? facts.readSettings(settings.body).blocks : [];
    return [cluster.judgeBlocks({ cluster: whole, indices: blocked, today })];
  },
});

const disks = ({ client }: OpenSearchParts): Check => ({
  name: 'opensearch-disk',
  async ask(signal) {
    const [stats, settings] = await Promise.all([
      tell(client, facts.diskRequest, signal),
      tell(client, facts.settingsRequest, signal),
    ]);
    if (!('body' in stats)) return [untold('opensearch-disk', stats)];
    if (!('body' in settings)) return [untold('opensearch-disk', settings)];
    const { watermarks } = facts.readSettings(settings.body);
    if (!watermarks) return [unseen('opensearch-disk', 'the cluster does not tell its watermarks')];
    return [cluster.judgeDisks(facts.readDisks(stats.body), watermarks)];
  },
});

const shards = (parts: OpenSearchParts): Check => ({
  name: 'opensearch-shards',
  async ask(signal) {
    const { config, transform, client } = parts;
    const questions = [facts.healthRequest, facts.settingsRequest, facts.indicesRequest(wildcardsOf(parts))];
    const told = await Promise.all(questions.map((question) => tell(client, question, signal)));
    const missing = told.find((each) => !('body' in each));
    if (missing && !('body' in missing)) return [untold('opensearch-shards', missing)];
    const [health, settings, indices] = told.map((each) => ('body' in each ? each.body : undefined));
    const { perNode } = facts.readSettings(settings);
    if (perNode === undefined)
      return [unseen('opensearch-shards', 'the cluster does not tell its max_shards_per_node')];
    const { pastMs, futureMs, outside } = config.indexWindow;
    const named = (outside.index === undefined ? 0 : 1) + (transform.indices?.length ?? 0);
    const windowIndices = indicesWithin(config.index, pastMs + futureMs) + named;
    const perIndex = config.opensearch.shards * (1 + config.opensearch.replicas);
    const counted = { ...facts.readHealth(health), perNode, perIndex, windowIndices };
    return [cluster.judgeShards({ ...counted, indices: facts.readIndices(indices).length })];
  },
});

/** What OpenSearch is asked. A serverless collection has no nodes, no settings and no version to ask for. */
export const openSearchChecks = (parts: OpenSearchParts): readonly Check[] => {
  const { config } = parts;
  const anywhere = [reachable(parts), tls(parts), ...indexChecks(parts)];
  if (isServerless(config)) return [...anywhere, collection(parts)];
  return [
    ...anywhere,
    asks(parts, 'opensearch-version', facts.mainRequest, (body) => cluster.judgeVersion(facts.readMain(body))),
    blocks(parts),
    disks(parts),
    shards(parts),
    asks(parts, 'opensearch-request-size', facts.httpRequest, (body) =>
      cluster.judgeRequestSize(facts.readHttp(body), config.opensearch.bulkBytes),
    ),
    asks(parts, 'opensearch-writes', facts.poolRequest, (body) => cluster.judgeWrites(facts.readPools(body))),
  ];
};
