import { choices, integer, list, textOr } from '../environment/field.ts';

/** Interface endpoints that may be asked for, by AWS's own names. */
const INTERFACE_ENDPOINTS = [
  'kinesis-streams',
  'kms',
  'logs',
  'sqs',
  'ecr.api',
  'ecr.dkr',
  'kinesis-firehose',
  'secretsmanager',
  'sts',
  'aps-workspaces',
] as const;

/** And those that Spark jobs on Glue add. */
export const OF_GLUE = ['glue', 'monitoring'] as const;

export type InterfaceEndpoint = (typeof INTERFACE_ENDPOINTS)[number] | (typeof OF_GLUE)[number];

export const NETWORK = {
  cidr: textOr(
    '10.42.0.0/16',
    'Addresses of the VPC',
    'a block such as 10.42.0.0/16, from /16 to /22',
    /^(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])(\.(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])){3}\/(1[6-9]|2[0-2])$/,
  ),
  zones: integer(2, 2, 3, 'How many availability zones it spans: the first ones of the region'),
  zone_names: list(
    [],
    'Which availability zones, by name, where the first ones lack a service',
    'two or three names such as eu-central-1a',
    /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/,
  ),
  endpoints: choices(
    ['kinesis-streams', 'kms', 'logs', 'sqs', 'ecr.api', 'ecr.dkr'],
    'Interface endpoints, each billed by the hour and zone; an archive adds kinesis-firehose, jobs on Glue glue and monitoring',
    INTERFACE_ENDPOINTS,
  ),
  nat_gateways: integer(0, 0, 3, 'NAT gateways, for an OpenSearch or a registry that stands outside'),
};
