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
  'SHARDLINE_SHUTDOWN_TIMEOUT',
  'SHARDLINE_STREAM',
];

/** What does not fit together among the keys of the service. */
export const serviceMisfits = ({ service }: Settings): (readonly [key: string, says: string])[] => {
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
    ...taken.map((name) => ['service.variables', `${name} follows from the stacks: expected other variables`] as const),
  ];
};
