import { beforeAll, expect, it } from 'vitest';
import { checked } from '../../test/support/chart/checked.ts';
import { helmProgram, render } from '../../test/support/chart/helm.ts';
import { resourcesOf, templateOf } from './support/templates.ts';

// Where it is built here, and not by the tests of the chart.
beforeAll(() => helmProgram(), 900_000);

/** What the names of other stacks' resources stand for once they are made. */
const made = (name: string): string => {
  if (name.includes('Queue')) return 'https://sqs.eu-central-1.amazonaws.com/123456789012/letters';
  if (name.includes('DomainEndpoint')) return 'vpc-music.eu-central-1.es.amazonaws.com';
  if (name.includes('Bucket')) return 'letters';
  throw new Error(`what is ${name}?`);
};

/** The values for the chart, as the stack of an EKS environment puts them out. */
const valuesOut = (): object => {
  const parts = templateOf('eks', 'service').Outputs?.HelmValues?.Value['Fn::Join']?.[1] ?? [];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : made(part['Fn::ImportValue']))).join(''));
};

it('gives the Helm chart values with which workers run as the service account that has the role', async () => {
  const release = await render({ ...valuesOut(), image: { repository: 'registry.example.com/shardline' } });
  const [association, ...more] = resourcesOf('eks', 'AWS::EKS::PodIdentityAssociation');
  expect(more).toEqual([]);
  const serviceAccount = association?.Properties?.ServiceAccount;
  expect(release.the('ServiceAccount').metadata.name).toBe(serviceAccount);
  expect(release.the('Deployment')).toMatchObject({
    spec: { template: { spec: { serviceAccountName: serviceAccount } } },
  });
  const { notes, config } = await checked(release);
  expect(notes).toBe('');
  expect(config).toMatchObject({ application: 'shardline-staging', stream: 'shardline-staging' });
});
