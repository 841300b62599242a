import { choice, integer, oneOf, text, textOr, variables } from '../environment/field.ts';

const IMAGES = 'an image with a tag or digest, such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/shardline:0.1.0';
const IMAGE = /^[a-z0-9.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]{1,128}|@sha256:[0-9a-f]{64})$/;

export const SERVICE = {
  platform: choice('What runs the workers: ECS on Fargate, or an EKS cluster of your own with the Helm chart', [
    'ecs',
    'eks',
  ]),
  image: text('The container image of the service on ECS; left out: no service is made there', IMAGES, IMAGE),
  cpu: oneOf(
    1024,
    [256, 512, 1024, 2048, 4096],
    'Processor of a worker on ECS, with two MiB of memory for each unit; 1024 is all that its main work can use',
  ),
  workers_min: integer(2, 1, 1000, 'Fewest workers on ECS'),
  workers_max: integer(10, 1, 1000, 'Most workers on ECS; between them their number is what the service asks for'),
  stop_seconds: integer(30, 10, 120, 'How long a worker on ECS may take to stop'),
  variables: variables('Configuration of the service beside what follows from the other stacks, as its variables'),
  collector_image: text(
    'An image of the AWS Distro for OpenTelemetry collector, which scrapes each worker on ECS; left out: none',
    IMAGES,
    IMAGE,
  ),
  prometheus_workspace: text(
    'Where the collector brings what it scrapes',
    'the ARN of a workspace of Amazon Managed Service for Prometheus in the region of the environment',
    /^arn:aws[a-z-]*:aps:[a-z0-9-]+:\d{12}:workspace\/ws-[0-9a-f-]{36}$/,
  ),
  cluster: text('The EKS cluster of your own', 'the name of an EKS cluster', /^[0-9A-Za-z][\w-]{0,99}$/),
  namespace: textOr(
    'shardline',
    'The namespace of the Helm release on EKS, and of its service account',
    'the name of a namespace',
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  ),
};
