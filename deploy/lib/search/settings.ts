import { choice, integer, oneOf, text, textOr, yesNo } from '../environment/field.ts';

export const SEARCH = {
  kind: choice('What takes the documents: an OpenSearch domain, or a serverless collection', ['domain', 'collection']),
  domain_arn: text(
    'A domain that exists already, which is used and never changed; left out: one is made',
    'the ARN of an OpenSearch domain in the region of the environment',
    /^arn:aws[a-z-]*:es:[a-z0-9-]+:\d{12}:domain\/[a-z][a-z0-9-]{2,27}$/,
  ),
  endpoint: text('The address of the domain of `search.domain_arn`', 'an https:// URL', /^https:\/\/[\w.-]+(:\d+)?$/),
  version: textOr('3.5', 'Version of OpenSearch', 'a version such as 2.19 or 3.5', /^[23]\.\d{1,2}$/),
  instance: textOr(
    'r7g.large.search',
    'Type of its data nodes',
    'a type such as r7g.large.search',
    /^[a-z]\w*\.\w+\.search$/,
  ),
  nodes: integer(2, 2, 80, 'How many data nodes: as many in each availability zone'),
  volume_gb: integer(100, 20, 16_384, 'Disk of each data node, in GB'),
  masters: oneOf(0, [0, 3, 5], 'How many dedicated cluster managers'),
  master_instance: textOr(
    'm7g.medium.search',
    'Type of its dedicated cluster managers',
    'a type such as m7g.medium.search',
    /^[a-z]\w*\.\w+\.search$/,
  ),
  retention: textOr(
    '90d',
    'How old an index of a domain may become before ISM deletes it',
    'days such as 90d',
    /^[1-9]\d{0,3}d$/,
  ),
  linked_role: yesNo(
    false,
    'Whether to make the role with which OpenSearch enters VPCs too: once in an account that has none',
  ),
};
