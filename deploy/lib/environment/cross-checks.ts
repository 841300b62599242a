import { jobsMisfits } from '../jobs/jobs-misfits.ts';
import { functionMisfits } from '../managed/function-misfits.ts';
import { serviceMisfits } from '../service/service-misfits.ts';
import type { Settings } from './settings.ts';

/** A key that does not fit others, and why. */
export type Misfit = readonly [key: string, says: string];

const arnParts = (arn: string) => {
  const [, , , region, account] = arn.split(':');
  return { region, account };
};

/** What is adopted by ARN must be of the environment's account, where one is named. */
const ofAnother = (key: string, arn: string, { account }: Settings): Misfit[] => {
  const its = arnParts(arn).account;
  return account === undefined || its === account
    ? []
    : [[key, `is of account ${its}, expected an ARN of account ${account}, that of the environment`]];
};

/** What is adopted by ARN must be where the environment is. */
const elsewhere = (key: string, arn: string | undefined, settings: Settings): Misfit[] => {
  if (arn === undefined) return [];
  const { region } = settings;
  const its = arnParts(arn).region;
  return [
    ...(its === region
      ? []
      : [[key, `is in ${its}, expected an ARN in ${region}, the region of the environment`] as const]),
    ...ofAnother(key, arn, settings),
  ];
};

const networkMisfits = ({ network }: Settings): Misfit[] =>
  network.zone_names.length === 1 ? [['network.zone_names', 'expected two or three zones: one may fail']] : [];

const streamMisfits = (settings: Settings): Misfit[] => {
  const { stream } = settings;
  return [
    ...elsewhere('stream.arn', stream.arn, settings),
    ...elsewhere('stream.key_arn', stream.key_arn, settings),
    ...(stream.key_arn !== undefined && stream.arn === undefined
      ? [['stream.key_arn', 'is the key of a stream that exists: expected stream.arn beside it'] as const]
      : []),
    ...(stream.mode === 'on-demand' && stream.shards > 1
      ? [
          [
            'stream.shards',
            'an on-demand stream has no number of shards: expected stream.mode provisioned beside it',
          ] as const,
        ]
      : []),
  ];
};

const managedMisfits = ({ managed, search }: Settings): Misfit[] => {
  if (!managed.enabled) return [];
  const keys = [
    ['managed.subnets', managed.subnets],
    ['managed.security_groups', managed.security_groups],
  ] as const;
  const given = keys.filter(([, list]) => list.length > 0);
  return [
    ...(search.kind === 'domain' ? [] : [['search.kind', 'expected domain beside managed.enabled'] as const]),
    ...(search.domain_arn === undefined
      ? given.map(([key]) => [key, 'is for a domain that exists: expected search.domain_arn beside it'] as const)
      : keys
          .filter(([, list]) => list.length === 0 && given.length > 0)
          .map(([key]) => [key, 'missing: a domain in a VPC needs both, one with a public endpoint neither'] as const)),
    ...functionMisfits(managed.variables).map((says) => ['managed.variables', says] as const),
  ];
};

const searchMisfits = (settings: Settings): Misfit[] => {
  const { search, network } = settings;
  const zones = network.zone_names.length || network.zones;
  const made = search.domain_arn === undefined;
  return [
    ...elsewhere('search.domain_arn', search.domain_arn, settings),
    ...(made === (search.endpoint === undefined)
      ? []
      : [['search.endpoint', 'expected together with search.domain_arn, or neither of them'] as const]),
    ...(!made && search.kind === 'collection'
      ? [['search.kind', 'expected domain beside search.domain_arn'] as const]
      : []),
    ...(made && search.kind === 'domain' && search.nodes % zones !== 0
      ? [['search.nodes', `expected a multiple of ${zones}, the number of zones`] as const]
      : []),
  ];
};

const deliveryMisfits = (settings: Settings): Misfit[] => {
  const { github, provider_arn: arn } = settings.delivery;
  if (arn === undefined) return [];
  return [
    ...(github === undefined
      ? [['delivery.provider_arn', 'is for delivery.github: expected that beside it'] as const]
      : []),
    // IAM's ARNs name no region.
    ...ofAnother('delivery.provider_arn', arn, settings),
  ];
};

/** What is wrong between keys that are each right by themselves. */
export const misfits = (name: string, settings: Settings): readonly Misfit[] => [
  ...(name === 'prod' && settings.data !== 'retain' ? [['data', 'expected retain for prod'] as const] : []),
  ...networkMisfits(settings),
  ...streamMisfits(settings),
  ...managedMisfits(settings),
  ...searchMisfits(settings),
  ...deliveryMisfits(settings),
  ...jobsMisfits(settings),
  ...serviceMisfits(settings),
  ...elsewhere('service.prometheus_workspace', settings.service.prometheus_workspace, settings),
];
