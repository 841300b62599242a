import { integer, list, text, textOr, variables, yesNo } from '../environment/field.ts';

export const MANAGED = {
  enabled: yesNo(false, 'Whether Firehose and a function deliver into OpenSearch, beside or in place of the service'),
  subnets: list(
    [],
    'Subnets from which Firehose reaches the domain of `search.domain_arn`; left out where it has a public endpoint',
    'names such as subnet-0a1b2c3d',
    /^subnet-[0-9a-f]{8,17}$/,
  ),
  security_groups: list(
    [],
    'Security groups of what Firehose puts into those subnets; that domain must let them in at port 443',
    'names such as sg-0a1b2c3d',
    /^sg-[0-9a-f]{8,17}$/,
  ),
  index: textOr(
    'music-events',
    'What the names of the indices begin with; Firehose adds -2026-02-25',
    'a lower-case name of an index of at most 69 characters',
    // The name of an index and Firehose's own limit of 80, less the date.
    /^[a-z0-9][a-z0-9._-]{0,68}$/,
  ),
  retry_seconds: integer(7_200, 0, 7_200, 'How long Firehose tries again while OpenSearch does not take documents'),
  memory_mb: integer(512, 256, 10_240, 'Memory of the function, and with it its share of a processor'),
  concurrency: integer(
    0,
    0,
    1_000,
    'How many of the function may run at once, reserved for it; 0: as many as the account has left',
  ),
  transform: text(
    'The module of a transform of your own, bundled into the function; left out: the built-in one',
    'a path, from deploy/ on, that ends with .ts .mts .js .mjs',
    /\.m?[jt]s$/,
  ),
  variables: variables('Configuration of the function, as the variables of its environment'),
};
