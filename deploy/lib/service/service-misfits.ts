import type { Settings } from '../environment/settings.ts';

/** Variables of the service that follow from the stacks, or that its task relies on. */
const TAKEN = [
  'SHARDLINE_APPLICATION',
  'SHARDLINE_ARCHIVE_TO',
  'SHARDLINE_DEAD_LETTER_LARGE_TO',
  'SHARDLINE_DEAD_LETTER_TO',
  'SHARDLINE_HTTP_PORT',
  'SHARDLINE_METRICS_EMF',
  'SHARDLINE_OPENSEARCH_NODE',
  'SHARDLINE_OPENSEARCH_RETENTION',
  'SHARDLINE_OPENSEARCH_SERVICE',
  'SHARDLINE_SHUTDOWN_TIMEOUT',
  'SHARDLINE_STREAM',
];

/** Images that nothing in the VPC can fetch. */
const unreachable = ({ service, network }: Settings) =>
  (['image', 'collector_image'] as const).flatMap((key) => {
    const image = service[key];
    const isThere = image === undefined || image.includes('.dkr.ecr.') || network.nat_gateways > 0;
    return isThere || service.platform === 'eks'
      ? []
      : [[`service.${key}`, 'is not in ECR: expected network.nat_gateways above 0, to reach its registry'] as const];
  });

/** What does not fit together among the keys of the service. */
export const serviceMisfits = (settings: Settings): (readonly [key: string, says: string])[] => {
  const { service } = settings;
  const { platform, workers_min: min, workers_max: max } = service;
  const taken = Object.keys(service.variables).filter((name) => TAKEN.includes(name));
  return [
    ...(max < min ? [['service.workers_max', `expected at least ${min}, as service.workers_min`] as const] : []),
    ...(platform === 'eks' && service.cluster === undefined
      ? [['service.cluster', 'missing: expected the name of the cluster beside service.platform eks'] as const]
      : []),
    ...(platform === 'eks' && service.image !== undefined
      ? [
          [
            'service.image',
            'on EKS the image is a value of the chart: expected service.platform ecs beside it',
          ] as const,
        ]
      : []),
    ...(platform === 'ecs' && service.cluster !== undefined
      ? [['service.cluster', 'is for EKS: expected service.platform eks beside it'] as const]
      : []),
    ...((service.collector_image === undefined) === (service.prometheus_workspace === undefined)
      ? []
      : [
          [
            'service.collector_image',
            'brings metrics to service.prometheus_workspace: expected both or neither',
          ] as const,
        ]),
    ...unreachable(settings),
    ...taken.map((name) => ['service.variables', `${name} follows from the stacks: expected other variables`] as const),
  ];
};
